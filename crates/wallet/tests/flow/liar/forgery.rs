//! What a lie is made of.

use borsh::BorshSerialize;
use ed25519_dalek::SigningKey;
use mpc::{Digest, PairingId, Path, RunId, Scheme, Share, Signature, WalletId, ecdsa, eddsa, keygen, pairing};
use rand_core::{OsRng, RngCore};
use wire::ceremony::{SignAnswer, SignQuery};

use super::Lie;

/// The co-signer's half of a signature, true or not.
pub(super) fn half(
    lie: Lie,
    share: &Share,
    pairing: Option<&pairing::CoSignerPairing>,
    run: RunId,
    query: SignQuery,
) -> SignAnswer {
    let mut asked = query.clone();
    let answer = match query {
        SignQuery::Ecdsa {
            path, digest, query, ..
        } => {
            let pairing = pairing.unwrap();
            ecdsa::co_signer_answer(share, &path, pairing, run, digest, query, &mut OsRng).map(SignAnswer::Ecdsa)
        }
        SignQuery::Eddsa { message, query } => {
            eddsa::co_signer_answer(share, run, &message, query, &mut OsRng).map(SignAnswer::Eddsa)
        }
    }
    .unwrap();
    match (lie, answer, &mut asked) {
        (Lie::AnswerToAnotherDigest | Lie::SignatureOfAnotherDigest, answer, _) => changed(&answer),
        (Lie::AnswerOfAnotherScheme, SignAnswer::Ecdsa(_), _) => {
            SignAnswer::Eddsa(borsh::from_slice(&[0; 96]).unwrap())
        }
        (Lie::AnswerOfAnotherScheme, SignAnswer::Eddsa(_), _) => SignAnswer::Ecdsa(some_ecdsa_answer()),
        // The commitments are the last 64 bytes of the query and the first of the answer.
        (Lie::AnswerMirrored, SignAnswer::Eddsa(answer), SignQuery::Eddsa { query, .. }) => {
            let (mut answer, query) = (borsh::to_vec(&answer).unwrap(), borsh::to_vec(query).unwrap());
            answer[..64].copy_from_slice(&query[32..]);
            SignAnswer::Eddsa(borsh::from_slice(&answer).unwrap())
        }
        (_, answer, _) => answer,
    }
}

/// A well-formed answer of ECDSA, to another query.
fn some_ecdsa_answer() -> ecdsa::Answer {
    let (client, share) = generated(Scheme::EcdsaSecp256k1, 9);
    let (id, run, digest) = (PairingId([7; 16]), RunId([7; 16]), Digest([7; 32]));
    let (co_signer, offer) = pairing::co_signer_start(id, &mut OsRng);
    let pairing::Progress::Done(paired, answer) = pairing::client_start(id, offer)
        .unwrap()
        .advance(pairing::Transfers::COUNT, &mut OsRng)
        .unwrap()
    else {
        panic!("there are transfers left");
    };
    let pairing = co_signer.receive(answer).unwrap();
    let (_, query) = ecdsa::client_start(&client, &Path::root(), &paired, run, digest, &mut OsRng).unwrap();
    ecdsa::co_signer_answer(&share, &Path::root(), &pairing, run, digest, query, &mut OsRng).unwrap()
}

/// Both shares of a new key.
pub(super) fn generated(scheme: Scheme, number: u8) -> (Share, Share) {
    let context = keygen::Context {
        wallet: WalletId([number; 16]),
        scheme,
        run: RunId::random(&mut OsRng),
    };
    let (client, commitment) = keygen::client_start(context.clone(), &mut OsRng).unwrap();
    let (co_signer, offer) = keygen::co_signer_start(context, commitment, &mut OsRng).unwrap();
    let (client, opening) = client.receive(offer).unwrap();
    let (co_signer, confirmation) = co_signer.receive(opening).unwrap();
    (client.receive(confirmation).unwrap(), co_signer)
}

pub(super) fn other(scheme: Scheme) -> Scheme {
    match scheme {
        Scheme::EcdsaSecp256k1 => Scheme::EddsaEd25519,
        Scheme::EddsaEd25519 => Scheme::EcdsaSecp256k1,
    }
}

pub(super) fn receipt_key() -> SigningKey {
    let mut seed = [0; 32];
    OsRng.fill_bytes(&mut seed);
    SigningKey::from_bytes(&seed)
}

/// The same message with its last bit flipped.
pub(super) fn changed<T: BorshSerialize + borsh::BorshDeserialize>(message: &T) -> T {
    let mut bytes = borsh::to_vec(message).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    borsh::from_slice(&bytes).unwrap()
}

pub(super) fn changed_signature(mut signature: Signature) -> Signature {
    match &mut signature {
        Signature::Ecdsa(signature) => signature.r[0] ^= 1,
        Signature::Eddsa(signature) => signature.0[0] ^= 1,
    }
    signature
}

pub(super) fn other_scheme(signature: Signature) -> Signature {
    match signature {
        Signature::Ecdsa(_) => Signature::Eddsa(eddsa::Signature([0; 64])),
        Signature::Eddsa(_) => Signature::Ecdsa(ecdsa::Signature {
            r: [1; 32],
            s: [1; 32],
            recovery_id: 0,
        }),
    }
}
