use k256::ecdsa::{RecoveryId, VerifyingKey, signature::hazmat::PrehashVerifier};
use rand_core::{OsRng, RngCore};

use super::*;
use crate::{Epoch, KeyInfo, Scheme, WalletId, pairing::tests::pair};

/// Everything two parties need to sign.
struct Parties {
    client: Share,
    co_signer: Share,
    client_pairing: ClientPairing,
    co_signer_pairing: CoSignerPairing,
}

impl Parties {
    fn new() -> Self {
        let (b, a) = (SecretScalar::random(&mut OsRng), SecretScalar::random(&mut OsRng));
        let info = KeyInfo {
            wallet: WalletId::random(&mut OsRng),
            scheme: Scheme::EcdsaSecp256k1,
            epoch: Epoch(3),
            key_id: [5; 32],
            chain_code: [6; 32],
            client: b.to_point(),
            co_signer: a.to_point(),
        };
        let (client_pairing, co_signer_pairing) = pair();
        Self {
            client: Share::new(Role::Client, b, info.clone()).unwrap(),
            co_signer: Share::new(Role::CoSigner, a, info).unwrap(),
            client_pairing,
            co_signer_pairing,
        }
    }

    fn ask(&self, run: RunId, digest: Digest) -> (ClientAwaitingAnswer, Query) {
        client_start(&self.client, &self.client_pairing, run, digest, &mut OsRng).unwrap()
    }

    fn answer(&self, run: RunId, digest: Digest, query: Query) -> Result<Answer, Abort> {
        co_signer_answer(&self.co_signer, &self.co_signer_pairing, run, digest, query, &mut OsRng)
    }
}

fn digest() -> Digest {
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    Digest(bytes)
}

#[test]
fn two_hundred_signatures_verify_and_recover() {
    let parties = Parties::new();
    let key = VerifyingKey::from_sec1_bytes(&parties.client.public_key().to_bytes()).unwrap();
    for _ in 0..200 {
        let (run, digest) = (RunId::random(&mut OsRng), digest());
        let (state, query) = parties.ask(run, digest);
        let signature = state.finish(parties.answer(run, digest, query).unwrap()).unwrap();
        let theirs = k256::ecdsa::Signature::from_scalars(signature.r, signature.s).unwrap();
        assert_eq!(theirs.normalize_s(), None);
        key.verify_prehash(&digest.0, &theirs).unwrap();
        let id = RecoveryId::from_byte(signature.recovery_id).unwrap();
        assert_eq!(VerifyingKey::recover_from_prehash(&digest.0, &theirs, id).unwrap(), key);
    }
}
