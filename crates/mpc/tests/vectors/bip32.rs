//! BIP 32, public derivation: the steps of its test vectors that are not hardened. Vectors 3 and 4 have none.

use mpc::{Digest, KeyInfo, Path, Point, RunId, Scheme, Share, WalletId, ecdsa, export, import, keygen::Context};
use rand_core::OsRng;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::{bytes, own};

/// One step: secret key, public key and chain code of the parent, public key and chain code of the child.
struct Step {
    path: &'static str,
    index: u32,
    parent: [&'static str; 3],
    child: [&'static str; 2],
}

/// Test vectors 1 and 2: what the printed extended keys hold.
const STEPS: [Step; 6] = [
    Step {
        path: "m/0H/1",
        index: 1,
        parent: [
            "edb2e14f9ee77d26dd93b4ecede8d16ed408ce149b6cd80b0715a2d911a0afea",
            "035a784662a4a20a65bf6aab9ae98a6c068a81c52e4b032c0fb5400c706cfccc56",
            "47fdacbd0f1097043b78c63c20c34ef4ed9a111d980047ad16282c7ae6236141",
        ],
        child: [
            "03501e454bf00751f24b1b489aa925215d66af2234e3891c3b21a52bedb3cd711c",
            "2a7857631386ba23dacac34180dd1983734e444fdbf774041578e9b6adb37c19",
        ],
    },
    Step {
        path: "m/0H/1/2H/2",
        index: 2,
        parent: [
            "cbce0d719ecf7431d88e6a89fa1483e02e35092af60c042b1df2ff59fa424dca",
            "0357bfe1e341d01c69fe5654309956cbea516822fba8a601743a012a7896ee8dc2",
            "04466b9cc8e161e966409ca52986c584f07e9dc81f735db683c3ff6ec7b1503f",
        ],
        child: [
            "02e8445082a72f29b75ca48748a914df60622a609cacfce8ed0e35804560741d29",
            "cfb71883f01676f587d023cc53a35bc7f88f724b1f8c2892ac1275ac822a3edd",
        ],
    },
    Step {
        path: "m/0H/1/2H/2/1000000000",
        index: 1000000000,
        parent: [
            "0f479245fb19a38a1954c5c7c0ebab2f9bdfd96a17563ef28a6a4b1a2a764ef4",
            "02e8445082a72f29b75ca48748a914df60622a609cacfce8ed0e35804560741d29",
            "cfb71883f01676f587d023cc53a35bc7f88f724b1f8c2892ac1275ac822a3edd",
        ],
        child: [
            "022a471424da5e657499d1ff51cb43c47481a03b1e77f951fe64cec9f5a48f7011",
            "c783e67b921d2beb8f6b389cc646d7263b4145701dadd2161548a8b078e65e9e",
        ],
    },
    Step {
        path: "m/0",
        index: 0,
        parent: [
            "4b03d6fc340455b363f51020ad3ecca4f0850280cf436c70c727923f6db46c3e",
            "03cbcaa9c98c877a26977d00825c956a238e8dddfbd322cce4f74b0b5bd6ace4a7",
            "60499f801b896d83179a4374aeb7822aaeaceaa0db1f85ee3e904c4defbd9689",
        ],
        child: [
            "02fc9e5af0ac8d9b3cecfe2a888e2117ba3d089d8585886c9c826b6b22a98d12ea",
            "f0909affaa7ee7abe5dd4e100598d4dc53cd709d5a5c2cac40e7412f232f7c9c",
        ],
    },
    Step {
        path: "m/0/2147483647H/1",
        index: 1,
        parent: [
            "877c779ad9687164e9c2f4f0f4ff0340814392330693ce95a58fe18fd52e6e93",
            "03c01e7425647bdefa82b12d9bad5e3e6865bee0502694b94ca58b666abc0a5c3b",
            "be17a268474a6bb9c61e1d720cf6215e2a88c5406c4aee7b38547f585c9a37d9",
        ],
        child: [
            "03a7d1d856deb74c508e05031f9895dab54626251b3806e16b4bd12e781a7df5b9",
            "f366f48f1ea9f2d1d3fe958c95ca84ea18e4c4ddb9366c336c927eb246fb38cb",
        ],
    },
    Step {
        path: "m/0/2147483647H/1/2147483646H/2",
        index: 2,
        parent: [
            "f1c7c871a54a804afe328b4c83a1c33b8e5ff48f5087273f04efa83b247d6a2d",
            "02d2b36900396c9282fa14628566582f206a5dd0bcc8d5e892611806cafb0301f0",
            "637807030d55d01f9a0cb3a7839515d796bd07706386a6eddf06cc29a65a0e29",
        ],
        child: [
            "024d902e1a2fc7a8755ab5b694c575fce742c48d9ff192e63df5193e4c7afe1f9c",
            "9452b549be8cea3ecb7a84bec10dcfd94afe4d129ebfd3b3cb58eedf394ed271",
        ],
    },
];

/// Shares of the parent, as an import deals them.
fn parent(step: &Step) -> (Share, Share) {
    let [secret, chain_code] = [step.parent[0], step.parent[2]].map(bytes);
    let context = Context {
        wallet: WalletId([1; 16]),
        scheme: Scheme::EcdsaSecp256k1,
        run: RunId([2; 16]),
    };
    let (client, deal) = import::client_start(&context, &secret, chain_code, &mut OsRng).unwrap();
    let co_signer = import::co_signer_receive(&context, deal).unwrap();
    (client, co_signer)
}

fn is_child(info: &KeyInfo, step: &Step) -> bool {
    let [public_key, chain_code] = step.child;
    info.public_key().unwrap() == point(public_key) && info.chain_code == bytes(chain_code)
}

fn point(hex: &str) -> Point {
    Point::from_bytes(&bytes::<33>(hex)).unwrap()
}

fn path(indices: &[u32]) -> Path {
    Path::new(indices.to_vec()).unwrap()
}

#[test]
fn public_keys_and_chain_codes_of_children_are_those_of_the_bip() {
    for step in &STEPS {
        let (client, co_signer) = parent(step);
        assert_eq!(client.public_key(), point(step.parent[1]), "{}", step.path);
        for share in [client, co_signer] {
            let child = share.info().child(&path(&[step.index])).unwrap();
            assert!(is_child(&child, step), "{}", step.path);
        }
    }
}

#[test]
fn a_path_of_two_steps_is_both_in_turn() {
    let [_, second, third, ..] = &STEPS;
    let (client, _) = parent(second);
    let grandchild = client.info().child(&path(&[second.index, third.index])).unwrap();
    assert!(is_child(&grandchild, third));
}

#[test]
fn a_hardened_step_is_refused() {
    assert!(Path::new(vec![0x7fff_ffff]).is_ok());
    assert_eq!(Path::new(vec![0x8000_0000]), Err(mpc::Abort::NotDerivable));
}

/// The child's secret key is never made: what both shares sign under its path verifies under the BIP's public key.
#[test]
fn signatures_of_children_verify_under_the_keys_of_the_bip() {
    let (client_pairing, co_signer_pairing) = own::paired();
    for step in &STEPS {
        let (client, co_signer) = parent(step);
        let (run, digest, path) = (RunId::random(&mut OsRng), Digest([7; 32]), path(&[step.index]));
        let (awaiting, query) = ecdsa::client_start(&client, &path, &client_pairing, run, digest, &mut OsRng).unwrap();
        let answer =
            ecdsa::co_signer_answer(&co_signer, &path, &co_signer_pairing, run, digest, query, &mut OsRng).unwrap();
        let signature = awaiting.finish(answer).unwrap();
        signature.verify(&point(step.child[0]), &digest).unwrap();
        assert!(
            signature.verify(&point(step.parent[1]), &digest).is_err(),
            "{}",
            step.path
        );
    }
}

#[test]
fn an_export_gives_the_parents_secret_key_back() {
    for step in &STEPS {
        let (client, co_signer) = parent(step);
        let key = export::client_combine(&client, export::co_signer_reveal(&co_signer).unwrap()).unwrap();
        assert_eq!(*key, bytes::<32>(step.parent[0]), "{}", step.path);
    }
}
