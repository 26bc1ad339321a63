//! Export under attack.

use mpc::{
    Abort, Scheme, Share, WalletId,
    export::{self, Reveal},
};

use crate::{
    refresh,
    suite::{Client, CoSigner, MALFORMED, Message, Output, Rule, Run, Stop, Suite, Wire, honest},
};

fn run([client, co_signer]: &[Share; 2], wire: &mut Wire<'_>, output: &mut Output) -> Result<(), Stop> {
    let reveal = wire.carry(Client, &CoSigner.judges(export::co_signer_reveal(co_signer))?)?;
    let key = Client.judges(export::client_combine(client, reveal))?;
    output.client = Some(key.to_vec());
    Ok(())
}

pub(crate) fn messages() -> Vec<Message> {
    vec![Message::of::<Reveal>(CoSigner)]
}

/// Whatever is not the secret of A, in range or not, is refused alike.
const RULES: &[Rule] = &[
    (0, "", Client, Abort::WrongReveal),
    (0, "0", Client, Abort::WrongReveal),
];

const SCHEMES: [Scheme; 2] = [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519];
const WALLET: WalletId = WalletId([1; 16]);

fn attack(name: &'static str, scheme: Scheme, other: Scheme) {
    let shares = refresh::shares(scheme, WALLET, 1);
    let transcript = |scheme, wallet, epochs| {
        let shares = refresh::shares(scheme, wallet, epochs);
        honest(&|wire: &mut Wire<'_>, output: &mut Output| run(&shares, wire, output)).0
    };
    let whole: Box<Run<'_>> = Box::new(|wire, output| run(&shares, wire, output));
    Suite {
        name,
        scheme,
        messages: messages(),
        run: whole,
        elsewhere: vec![
            ("an older epoch", transcript(scheme, WALLET, 0)),
            ("a newer epoch", transcript(scheme, WALLET, 2)),
            ("another wallet", transcript(scheme, WalletId([9; 16]), 1)),
            ("another scheme", transcript(other, WALLET, 1)),
        ],
        rules: RULES.to_vec(),
        unusable: Vec::new(),
        exception: Box::new(|_| None),
        same_elsewhere: &[],
        malformed: MALFORMED,
    }
    .attack();
}

#[test]
fn every_change_of_what_is_revealed_is_refused() {
    let [secp256k1, ed25519] = SCHEMES;
    attack("export, secp256k1", secp256k1, ed25519);
    attack("export, Ed25519", ed25519, secp256k1);
}
