//! Signing with ECDSA, by the pairing of pairing.json: the key itself, children of it, and the key after a refresh.

use mpc::{Digest, Path, RunId, Scheme, Share, ecdsa};
use sha2::{Digest as _, Sha256};

use super::{
    draws::Draws,
    file::{self, Node, hex, object},
    keygen, pairing, refresh, sent,
};

/// The file, and the whole answer of its first case.
pub(super) fn file() -> (String, Vec<u8>) {
    let (client, co_signer, _) = keygen::run(Scheme::EcdsaSecp256k1);
    let next = refresh::refreshed(Scheme::EcdsaSecp256k1);
    let digest = Digest(Sha256::digest(b"claimkit").into());
    let path = |indices: &[u32]| Path::new(indices.to_vec()).unwrap();
    let old = [
        (path(&[]), digest),
        (path(&[0]), digest),
        (path(&[0, 0x7fff_ffff]), digest),
        // At the edges of what is reduced modulo q.
        (path(&[]), Digest([0; 32])),
        (path(&[]), Digest([0xff; 32])),
        // So that both recovery ids occur.
        (path(&[]), Digest([1; 32])),
        (path(&[]), Digest([2; 32])),
    ];
    let old = old
        .into_iter()
        .map(|(path, digest)| (&client, &co_signer, path, digest));
    let cases = old.chain([(&next.0, &next.1, path(&[]), digest)]);
    let runs: Vec<Run> = (0x70..)
        .zip(cases)
        .map(|(seed, (client, co_signer, path, digest))| run(seed, client, co_signer, &path, digest))
        .collect();
    for id in [0, 1] {
        assert!(
            runs.iter().any(|run| run.recovery_id == id),
            "no case has the recovery id {id}"
        );
    }
    let answer = runs[0].answer.clone();
    (
        file::file("signing with ecdsa", runs.into_iter().map(|run| run.case).collect()),
        answer,
    )
}

struct Run {
    case: Node,
    answer: Vec<u8>,
    recovery_id: u8,
}

fn run(seed: u8, client: &Share, co_signer: &Share, path: &Path, digest: Digest) -> Run {
    let (client_pairing, co_signer_pairing, _) = pairing::run();
    let run = RunId([seed; 16]);
    let (mut client_draws, mut co_signer_draws) = (Draws::new(seed), Draws::new(seed + 8));
    let (awaiting, query) = ecdsa::client_start(client, path, &client_pairing, run, digest, &mut client_draws).unwrap();
    let (m1, query) = sent(&query);
    let answer = ecdsa::co_signer_answer(
        co_signer,
        path,
        &co_signer_pairing,
        run,
        digest,
        query,
        &mut co_signer_draws,
    )
    .unwrap();
    let (m2, answer) = sent(&answer);
    let signature = awaiting.finish(answer).unwrap();
    let key = client.info().child(path).unwrap();
    signature.verify(&key.public_key().unwrap(), &digest).unwrap();

    let case = object([
        ("client_share", hex(client.to_bytes())),
        ("co_signer_share", hex(co_signer.to_bytes())),
        ("run", hex(run.0)),
        (
            "path",
            Node::List(path.indices().iter().map(|index| Node::Number(*index)).collect()),
        ),
        ("digest", hex(digest.0)),
        ("public_key", hex(key.public_key().unwrap().to_bytes())),
        ("chain_code", hex(key.chain_code)),
        ("client", client_draws.named(&["seed of m1"])),
        ("co_signer", co_signer_draws.named(&["seed of m2"])),
        ("m1", hex(&m1)),
        ("m2", parts(&m2)),
        ("r", hex(signature.r)),
        ("s", hex(signature.s)),
        ("recovery_id", Node::Number(signature.recovery_id.into())),
    ]);
    Run {
        case,
        answer: m2,
        recovery_id: signature.recovery_id,
    }
}

/// The answer's fields; of the multiplications' masks, the hash.
fn parts(m2: &[u8]) -> Node {
    assert_eq!(m2.len(), 66_882);
    let fields = [
        ("salt", 32),
        ("unmoved", 33),
        ("proof", 65),
        ("first_masks_sha256", 39_936),
        ("second_masks_sha256", 26_624),
        ("first_check", 64),
        ("second_check", 64),
        ("masked_pad", 32),
        ("masked_signature", 32),
    ];
    let mut rest = m2;
    let mut field = |length| {
        let (field, others) = rest.split_at(length);
        rest = others;
        if length > 1024 {
            hex(Sha256::digest(field))
        } else {
            hex(field)
        }
    };
    let fields = fields.map(|(name, length)| (name, field(length)));
    assert!(rest.is_empty());
    object([("sha256", hex(Sha256::digest(m2)))].into_iter().chain(fields))
}
