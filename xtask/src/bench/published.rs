//! What others' packages took on the machine they were measured on, in mult: compare by the unit, not by the clock.

/// One package's figures for one curve, both parties in one process, wasm in Node 20.
struct Published {
    package: &'static str,
    curve: &'static str,
    key_generation: Option<u32>,
    refresh: Option<u32>,
    sign: Option<u32>,
    bytes: u32,
}

/// Where only milliseconds are known, of Vultisig's and BitGo's Ed25519, they are divided by the unit of Torus' run (0.118 ms).
const PUBLISHED: [Published; 7] = [
    Published {
        package: "Silence Labs DKLs 1.1.2",
        curve: "secp256k1",
        key_generation: Some(9_147),
        refresh: Some(8_802),
        sign: Some(571),
        bytes: 225_000,
    },
    Published {
        package: "Silence Labs DKLs 1.2.0-pre.4",
        curve: "secp256k1",
        key_generation: Some(7_134),
        refresh: Some(7_265),
        sign: Some(593),
        bytes: 225_000,
    },
    Published {
        package: "Vultisig DKLs 0.2-beta",
        curve: "secp256k1",
        key_generation: Some(5_584),
        refresh: Some(5_829),
        sign: Some(302),
        bytes: 119_000,
    },
    Published {
        package: "Torus DKLs 4.1 (dealer)",
        curve: "secp256k1",
        key_generation: None,
        refresh: None,
        sign: Some(1_160),
        bytes: 343_000,
    },
    Published {
        package: "Torus FROST",
        curve: "Ed25519",
        key_generation: Some(11),
        refresh: None,
        sign: Some(12),
        bytes: 765,
    },
    Published {
        package: "Vultisig Schnorr",
        curve: "Ed25519",
        key_generation: Some(78),
        refresh: Some(78),
        sign: Some(31),
        bytes: 1_200,
    },
    Published {
        package: "BitGo (2 of 3)",
        curve: "Ed25519",
        key_generation: Some(125),
        refresh: None,
        sign: Some(19),
        bytes: 614,
    },
];

/// The figures as a table.
pub(super) fn table() -> String {
    let mut text = format!(
        "\nOthers, wasm, in mult\n{:<36}{:>12}{:>16}{:>10}{:>10}{:>20}\n",
        "", "curve", "key generation", "refresh", "sign", "bytes a signature"
    );
    let shown = |figure: Option<u32>| figure.map_or_else(|| "–".to_owned(), |figure| figure.to_string());
    for Published {
        package,
        curve,
        key_generation,
        refresh,
        sign,
        bytes,
    } in PUBLISHED
    {
        let (key_generation, refresh, sign) = (shown(key_generation), shown(refresh), shown(sign));
        text.push_str(&format!(
            "{package:<36}{curve:>12}{key_generation:>16}{refresh:>10}{sign:>10}{bytes:>20}\n"
        ));
    }
    text
}
