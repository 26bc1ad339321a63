use rand_core::OsRng;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::{
    Digest, Epoch, RunId, WalletId, ecdsa,
    pairing::{ClientPairing, CoSignerPairing, tests::pair},
};

/// A non-hardened step of BIP32's test vectors, read from the extended public and private keys printed there.
///
/// <https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki>, Test vectors 1 and 2; those numbered 3 and 4 have
/// hardened steps only.
struct Vector {
    chain_code: &'static str,
    secret: &'static str,
    path: &'static [u32],
    child_chain_code: &'static str,
    child_public: &'static str,
    child_secret: &'static str,
}

const VECTORS: [Vector; 6] = [
    // Vector 1, m/0H to m/0H/1.
    Vector {
        chain_code: "47fdacbd0f1097043b78c63c20c34ef4ed9a111d980047ad16282c7ae6236141",
        secret: "edb2e14f9ee77d26dd93b4ecede8d16ed408ce149b6cd80b0715a2d911a0afea",
        path: &[1],
        child_chain_code: "2a7857631386ba23dacac34180dd1983734e444fdbf774041578e9b6adb37c19",
        child_public: "03501e454bf00751f24b1b489aa925215d66af2234e3891c3b21a52bedb3cd711c",
        child_secret: "3c6cb8d0f6a264c91ea8b5030fadaa8e538b020f0a387421a12de9319dc93368",
    },
    // Vector 1, m/0H/1/2H to m/0H/1/2H/2.
    Vector {
        chain_code: "04466b9cc8e161e966409ca52986c584f07e9dc81f735db683c3ff6ec7b1503f",
        secret: "cbce0d719ecf7431d88e6a89fa1483e02e35092af60c042b1df2ff59fa424dca",
        path: &[2],
        child_chain_code: "cfb71883f01676f587d023cc53a35bc7f88f724b1f8c2892ac1275ac822a3edd",
        child_public: "02e8445082a72f29b75ca48748a914df60622a609cacfce8ed0e35804560741d29",
        child_secret: "0f479245fb19a38a1954c5c7c0ebab2f9bdfd96a17563ef28a6a4b1a2a764ef4",
    },
    // Vector 1, m/0H/1/2H to m/0H/1/2H/2/1000000000: two steps at once.
    Vector {
        chain_code: "04466b9cc8e161e966409ca52986c584f07e9dc81f735db683c3ff6ec7b1503f",
        secret: "cbce0d719ecf7431d88e6a89fa1483e02e35092af60c042b1df2ff59fa424dca",
        path: &[2, 1_000_000_000],
        child_chain_code: "c783e67b921d2beb8f6b389cc646d7263b4145701dadd2161548a8b078e65e9e",
        child_public: "022a471424da5e657499d1ff51cb43c47481a03b1e77f951fe64cec9f5a48f7011",
        child_secret: "471b76e389e528d6de6d816857e012c5455051cad6660850e58372a6c3e6e7c8",
    },
    // Vector 2, m to m/0.
    Vector {
        chain_code: "60499f801b896d83179a4374aeb7822aaeaceaa0db1f85ee3e904c4defbd9689",
        secret: "4b03d6fc340455b363f51020ad3ecca4f0850280cf436c70c727923f6db46c3e",
        path: &[0],
        child_chain_code: "f0909affaa7ee7abe5dd4e100598d4dc53cd709d5a5c2cac40e7412f232f7c9c",
        child_public: "02fc9e5af0ac8d9b3cecfe2a888e2117ba3d089d8585886c9c826b6b22a98d12ea",
        child_secret: "abe74a98f6c7eabee0428f53798f0ab8aa1bd37873999041703c742f15ac7e1e",
    },
    // Vector 2, m/0/2147483647H to m/0/2147483647H/1.
    Vector {
        chain_code: "be17a268474a6bb9c61e1d720cf6215e2a88c5406c4aee7b38547f585c9a37d9",
        secret: "877c779ad9687164e9c2f4f0f4ff0340814392330693ce95a58fe18fd52e6e93",
        path: &[1],
        child_chain_code: "f366f48f1ea9f2d1d3fe958c95ca84ea18e4c4ddb9366c336c927eb246fb38cb",
        child_public: "03a7d1d856deb74c508e05031f9895dab54626251b3806e16b4bd12e781a7df5b9",
        child_secret: "704addf544a06e5ee4bea37098463c23613da32020d604506da8c0518e1da4b7",
    },
    // Vector 2, m/0/2147483647H/1/2147483646H to its child 2.
    Vector {
        chain_code: "637807030d55d01f9a0cb3a7839515d796bd07706386a6eddf06cc29a65a0e29",
        secret: "f1c7c871a54a804afe328b4c83a1c33b8e5ff48f5087273f04efa83b247d6a2d",
        path: &[2],
        child_chain_code: "9452b549be8cea3ecb7a84bec10dcfd94afe4d129ebfd3b3cb58eedf394ed271",
        child_public: "024d902e1a2fc7a8755ab5b694c575fce742c48d9ff192e63df5193e4c7afe1f9c",
        child_secret: "bb7d39bdb83ecf58f2fd82b6d918341cbef428661ef01ab97c28a4842125ac23",
    },
];

fn bytes(hex: &str) -> [u8; 32] {
    hex::decode(hex).unwrap().try_into().unwrap()
}

fn path(indices: &[u32]) -> Path {
    Path::new(indices.to_vec()).unwrap()
}

/// Both shares of a key: of `secret`, or of a fresh one.
fn shares(scheme: Scheme, secret: Option<&SecretScalar>, chain_code: [u8; 32]) -> [Share; 2] {
    let co_signer = SecretScalar::random(scheme, &mut OsRng);
    let client = match secret {
        Some(secret) => secret.minus(&co_signer).unwrap(),
        None => SecretScalar::random(scheme, &mut OsRng),
    };
    let info = KeyInfo {
        wallet: WalletId([1; 16]),
        scheme,
        epoch: Epoch(2),
        key_id: [3; 32],
        chain_code,
        client: client.to_point(),
        co_signer: co_signer.to_point(),
    };
    [(Role::Client, client), (Role::CoSigner, co_signer)]
        .map(|(role, secret)| Share::new(role, secret, info.clone()).unwrap())
}

fn fresh() -> [Share; 2] {
    shares(Scheme::EcdsaSecp256k1, None, [4; 32])
}

#[test]
fn the_published_children_come_out() {
    for vector in &VECTORS {
        let secret = SecretScalar::from_bytes(Scheme::EcdsaSecp256k1, &bytes(vector.secret)).unwrap();
        let [client, co_signer] = shares(Scheme::EcdsaSecp256k1, Some(&secret), bytes(vector.chain_code));
        let path = path(vector.path);

        let offline = client.info().child(&path).unwrap();
        let public_key = offline.public_key().unwrap().to_bytes();
        assert_eq!(hex::encode(public_key), vector.child_public);
        assert_eq!(hex::encode(offline.chain_code), vector.child_chain_code);

        let children = [&client, &co_signer].map(|share| share.child(&path).unwrap());
        let sum = children[0].secret().plus(children[1].secret()).unwrap();
        assert_eq!(hex::encode(*sum.to_bytes()), vector.child_secret);
    }
}

#[test]
fn both_sides_and_whoever_knows_the_public_data_derive_the_same_child() {
    let [client, co_signer] = fresh();
    let path = path(&[0, 7, HARDENED - 1]);
    let offline = client.info().child(&path).unwrap();
    for share in [&client, &co_signer] {
        let child = share.child(&path).unwrap();
        assert_eq!((child.info(), child.role()), (&offline, share.role()));
        assert_eq!(child.public_key(), offline.public_key().unwrap());
        assert_ne!(child.public_key(), share.public_key());
    }
    // What stays, stays: a child is the same wallet at the same epoch, and the co-signer's share is untouched.
    let info = client.info();
    assert_eq!(
        (offline.wallet, offline.epoch, offline.key_id, offline.co_signer),
        (info.wallet, info.epoch, info.key_id, info.co_signer)
    );
}

#[test]
fn a_path_taken_in_two_legs_leads_to_the_same_child() {
    let [client, _] = fresh();
    let legs = client.info().child(&path(&[5])).unwrap().child(&path(&[6, 7])).unwrap();
    assert_eq!(client.info().child(&path(&[5, 6, 7])), Ok(legs));
}

#[test]
fn other_indices_and_another_order_give_other_children() {
    let [client, _] = fresh();
    let paths: [&[u32]; 6] = [&[], &[0], &[1], &[0, 0], &[0, 1], &[1, 0]];
    let keys = paths.map(|indices| {
        let child = client.info().child(&path(indices)).unwrap();
        child.public_key().unwrap().to_bytes()
    });
    assert_eq!(keys.iter().collect::<std::collections::HashSet<_>>().len(), keys.len());
}

#[test]
fn the_root_is_the_key_itself_on_either_curve() {
    for scheme in Scheme::ALL {
        for share in shares(scheme, None, [4; 32]) {
            assert_eq!(share.info().child(&Path::root()), Ok(share.info().clone()));
            let child = share.child(&Path::root()).unwrap();
            assert_eq!(*child.to_bytes(), *share.to_bytes());
        }
    }
    assert!(Path::root().is_root());
    assert!(!path(&[0]).is_root());
}

#[test]
fn a_refreshed_key_has_the_same_children() {
    let [client, co_signer] = fresh();
    let delta = SecretScalar::random(Scheme::EcdsaSecp256k1, &mut OsRng);
    let secret = client.secret().minus(&delta).unwrap();
    let info = KeyInfo {
        epoch: Epoch(3),
        client: secret.to_point(),
        co_signer: co_signer.secret().plus(&delta).unwrap().to_point(),
        ..client.info().clone()
    };
    let next = Share::new(Role::Client, secret, info).unwrap();
    let path = path(&[1, 2]);
    assert_eq!(
        next.child(&path).unwrap().public_key(),
        client.child(&path).unwrap().public_key()
    );
}

#[test]
fn a_hardened_index_and_an_eleventh_step_are_refused() {
    for indices in [vec![HARDENED], vec![0, u32::MAX], vec![0; Path::MAX_DEPTH + 1]] {
        assert_eq!(Path::new(indices), Err(Abort::NotDerivable));
    }
    let longest = Path::new(vec![HARDENED - 1; Path::MAX_DEPTH]).unwrap();
    assert_eq!(longest.indices(), [HARDENED - 1; Path::MAX_DEPTH]);
    assert!(fresh()[0].child(&longest).is_ok());
}

#[test]
fn a_key_of_ed25519_has_no_children() {
    for share in shares(Scheme::EddsaEd25519, None, [4; 32]) {
        assert_eq!(share.info().child(&path(&[0])), Err(Abort::NotDerivable));
        assert_eq!(share.child(&path(&[0])).err(), Some(Abort::NotDerivable));
    }
}

#[test]
fn a_path_reads_back_and_nothing_else_reads_as_one() {
    for indices in [&[][..], &[0], &[1, HARDENED - 1], &[9; Path::MAX_DEPTH]] {
        let bytes = borsh::to_vec(&path(indices)).unwrap();
        assert_eq!(bytes.len(), 1 + 4 * indices.len());
        assert_eq!(borsh::from_slice::<Path>(&bytes).unwrap().indices(), indices);
        assert!(borsh::from_slice::<Path>(&[&bytes[..], &[0]].concat()).is_err());
        assert!(borsh::from_slice::<Path>(&bytes[..bytes.len() - 1]).is_err());
    }
    assert_eq!(
        borsh::to_vec(&path(&[1, 0x0203_0405])).unwrap(),
        [2, 1, 0, 0, 0, 5, 4, 3, 2]
    );
    // Hardened, and too long by one and by as much as the length can say.
    assert!(borsh::from_slice::<Path>(&[1, 0, 0, 0, 0x80]).is_err());
    for length in [11u8, 12, 255] {
        let bytes = [&[length][..], &vec![0; 4 * usize::from(length)]].concat();
        assert!(borsh::from_slice::<Path>(&bytes).is_err());
    }
}

const RUN: RunId = RunId([1; 16]);
const DIGEST: Digest = Digest([2; 32]);

/// A signature asked for at one path and answered at another.
fn sign(
    [client, co_signer]: &[Share; 2],
    (ours, theirs): &(ClientPairing, CoSignerPairing),
    asked: &Path,
    answered: &Path,
) -> Result<ecdsa::Signature, Abort> {
    let (awaiting, query) = ecdsa::client_start(client, asked, ours, RUN, DIGEST, &mut OsRng)?;
    let answer = ecdsa::co_signer_answer(co_signer, answered, theirs, RUN, DIGEST, query, &mut OsRng)?;
    awaiting.finish(answer)
}

#[test]
fn the_shares_sign_under_the_childs_key_and_the_paths_must_agree() {
    let (shares, pairing) = (fresh(), pair());
    let info = shares[0].info();
    let (first, second) = (path(&[0, 1]), path(&[1, 0]));
    let signature = sign(&shares, &pairing, &first, &first).unwrap();
    let key = |path: &Path| info.child(path).unwrap().public_key().unwrap();
    assert_eq!(signature.verify(&key(&first), &DIGEST), Ok(()));
    for other in [&second, &Path::root()] {
        assert_eq!(signature.verify(&key(other), &DIGEST), Err(Abort::WrongSignature));
        assert_eq!(sign(&shares, &pairing, &first, other), Err(Abort::OtherContext));
        assert_eq!(sign(&shares, &pairing, other, &first), Err(Abort::OtherContext));
    }
}

/// Groth and Shoup (ia.cr/2021/1330), §3: (r, s) of m under one child fits m + r·(T₁ − T₂) under
/// its sibling. It is in the arithmetic of additive derivation and no check can refuse it: r is
/// drawn after m and path, so that nobody chooses the related digest, and whoever has a message to
/// sign hashes it.
#[test]
fn a_signature_fits_a_digest_of_the_sibling_that_nobody_chose() {
    let (shares, pairing) = (fresh(), pair());
    let info = shares[0].info();
    let children = [path(&[0]), path(&[1])];
    let [sum, other_sum] = children.each_ref().map(|path| info.tweak(path).unwrap().sum);
    let [key, sibling] = children
        .each_ref()
        .map(|path| info.child(path).unwrap().public_key().unwrap());
    let mut related = std::collections::HashSet::new();
    for _ in 0..2 {
        let signature = sign(&shares, &pairing, &children[0], &children[0]).unwrap();
        let r = *secp256k1::Scalar::from_bytes(&signature.r).unwrap().get();
        let moved = Digest((DIGEST.to_scalar() + r * (sum - other_sum)).to_bytes().into());
        assert_eq!(signature.verify(&sibling, &moved), Ok(()));
        // Of the digest that was asked for it is no signature under the sibling, nor of the other
        // one under its own key.
        assert_eq!(signature.verify(&sibling, &DIGEST), Err(Abort::WrongSignature));
        assert_eq!(signature.verify(&key, &moved), Err(Abort::WrongSignature));
        // The same digest signed again is related to another one.
        assert!(related.insert(moved.0));
    }
}
