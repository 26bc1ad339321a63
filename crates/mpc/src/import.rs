//! Import: two shares of a key that exists already (docs/protocol.md, Import).
//!
//! Who imports knows the whole key and deals: a at random, b = x − a. A refresh must follow at once, before either share is
//! stored, so that the co-signer keeps nothing that crossed the wire (docs/protocol.md, Import, step 3: the caller's). What no
//! protocol can do is make the importer forget x.

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::scalar::clamp_integer;
use rand_core::CryptoRngCore;
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use crate::{
    Abort, Epoch, KeyInfo, Point, Role, Share,
    ed25519::Scalar,
    export::Secret,
    hedge::Hedged,
    keygen::Context,
    proof::{ProofOfKnowledge, Statement},
    scalar::SecretScalar,
    tags,
};

/// Client to co-signer: the co-signer's share, the client's public share, proved, and the chain code; 162 bytes, secret.
#[derive(BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct Deal {
    co_signer: Secret,
    client: Point,
    proof: ProofOfKnowledge,
    chain_code: [u8; 32],
}

/// Deals shares of `key`, 32 bytes in the scheme's byte order (big-endian for secp256k1; for Ed25519 the scalar, little-endian, not
/// the seed of RFC 8032), with the chain code that goes with it: the client's share, of epoch 0, and what the co-signer gets.
///
/// # Errors
/// [`Abort::Malformed`] if the key is zero, the order or above.
///
/// # Security
/// Whoever had `key` before still has it: only a move of what it guards to a generated key ends that.
///
/// Source: docs/protocol.md, Import, step 1.
pub fn client_start(
    context: &Context,
    key: &[u8; 32],
    chain_code: [u8; 32],
    rng: &mut impl CryptoRngCore,
) -> Result<(Share, Deal), Abort> {
    let key = SecretScalar::from_bytes(context.scheme, key)?;
    let sid = session_id(context);
    let asked: [&[u8]; 2] = [&sid, &chain_code];
    let rng = &mut Hedged::new(tags::IMPORT_DRAWS, rng, key.to_bytes().as_slice(), &asked);
    let co_signer = SecretScalar::random(context.scheme, rng);
    let client = key.minus(&co_signer)?;
    let proof = ProofOfKnowledge::prove(&statement(&sid, client.to_point()), &client, rng)?;
    let deal = Deal {
        co_signer: Secret::new(&co_signer),
        client: client.to_point(),
        proof,
        chain_code,
    };
    let info = deal.agree(context, &co_signer)?;
    Ok((Share::new(Role::Client, client, info)?, deal))
}

/// Checks a deal and makes the co-signer's share of epoch 0, to be refreshed before anything is stored.
///
/// # Errors
/// [`Abort::Malformed`] if the dealt share is out of range; [`Abort::OtherCurve`] if B is of another curve; [`Abort::Mirrored`]
/// if A = B; [`Abort::NoKey`] if A = −B; [`Abort::WrongProof`] if the deal does not prove that the client knows b.
///
/// Source: docs/protocol.md, Import, step 2.
pub fn co_signer_receive(context: &Context, deal: Deal) -> Result<Share, Abort> {
    let secret = deal.co_signer.read(context.scheme)?;
    let info = deal.agree(context, &secret)?;
    deal.proof.verify(&statement(&session_id(context), deal.client))?;
    Share::new(Role::CoSigner, secret, info)
}

/// The scalar of an Ed25519 seed, 32 bytes, as [`client_start`] takes it: what wallets call the secret key is the seed.
///
/// Source: RFC 8032 §5.1.5, steps 1 to 3; the clamped integer modulo the order.
pub fn scalar_of_seed(seed: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    let hash = Zeroizing::new(<[u8; 64]>::from(Sha512::digest(seed)));
    let mut integer = Zeroizing::new([0; 32]);
    integer
        .iter_mut()
        .zip(hash.iter())
        .for_each(|(byte, half)| *byte = *half);
    let clamped = Zeroizing::new(clamp_integer(*integer));
    Zeroizing::new(Zeroizing::new(Scalar::from_bytes_mod_order(*clamped)).to_bytes())
}

impl Deal {
    /// What both sides make of a deal; the key id binds all of it but the secret, which A stands for.
    fn agree(&self, context: &Context, co_signer: &SecretScalar) -> Result<KeyInfo, Abort> {
        self.client.expect(context.scheme)?;
        let co_signer = co_signer.to_point();
        if co_signer == self.client {
            return Err(Abort::Mirrored);
        }
        let inputs: [&[u8]; 5] = [
            &session_id(context),
            &co_signer.to_bytes(),
            &self.client.to_bytes(),
            &self.proof.to_bytes(),
            &self.chain_code,
        ];
        let info = KeyInfo {
            wallet: context.wallet,
            scheme: context.scheme,
            epoch: Epoch(0),
            key_id: tags::hash(tags::IMPORT_TRANSCRIPT, &inputs),
            chain_code: self.chain_code,
            client: self.client,
            co_signer,
        };
        info.public_key().map(|_| info)
    }
}

fn session_id(context: &Context) -> [u8; 32] {
    let inputs: [&[u8]; 3] = [&context.wallet.0, &[context.scheme as u8], &context.run.0];
    tags::hash(tags::IMPORT_SID, &inputs)
}

fn statement(sid: &[u8; 32], point: Point) -> Statement<'_> {
    Statement {
        tag: tags::IMPORT_PROOF,
        context: sid,
        role: Role::Client,
        base: Point::generator(point.scheme()),
        point,
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
    use rand_core::OsRng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::{
        RunId, Scheme, WalletId, refresh,
        traps::{self, Trap},
    };

    const SCHEMES: [Scheme; 2] = [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519];

    fn context(scheme: Scheme) -> Context {
        Context {
            wallet: WalletId([1; 16]),
            scheme,
            run: RunId([2; 16]),
        }
    }

    fn dealt(scheme: Scheme) -> (SecretScalar, Share, Deal) {
        let key = SecretScalar::random(scheme, &mut OsRng);
        let (client, deal) = client_start(&context(scheme), &key.to_bytes(), [3; 32], &mut OsRng).unwrap();
        (key, client, deal)
    }

    fn refused(scheme: Scheme, change: impl FnOnce(&mut Deal)) -> Option<Abort> {
        let (_, _, mut deal) = dealt(scheme);
        change(&mut deal);
        co_signer_receive(&context(scheme), deal).err()
    }

    #[test]
    fn both_sides_hold_shares_of_the_imported_key_and_can_refresh_them() {
        for scheme in SCHEMES {
            let (key, client, deal) = dealt(scheme);
            assert_eq!(borsh::to_vec(&deal).unwrap().len(), 162);
            let co_signer = co_signer_receive(&context(scheme), deal).unwrap();
            assert_eq!(client.info(), co_signer.info());
            assert_eq!(client.public_key(), key.to_point());
            assert_eq!(
                *client.secret().plus(co_signer.secret()).unwrap().to_bytes(),
                *key.to_bytes()
            );

            let (run, binding) = (context(scheme).run, client.info().key_id);
            let (awaiting, commitment) = refresh::client_start(&client, run, &binding, &mut OsRng).unwrap();
            let (answering, offer) =
                refresh::co_signer_start(&co_signer, run, &binding, commitment, &mut OsRng).unwrap();
            let (awaiting, opening) = awaiting.receive(offer, &mut OsRng).unwrap();
            let (next, proof) = answering.receive(opening, &mut OsRng).unwrap();
            let client = awaiting.receive(proof).unwrap();
            assert_eq!((client.public_key(), next.info().epoch), (key.to_point(), Epoch(1)));
        }
    }

    #[test]
    fn a_seed_gives_the_public_key_of_rfc_8032() {
        // RFC 8032 §7.1, tests 1 and 2.
        for (seed, public_key) in [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            ),
        ] {
            let seed: [u8; 32] = hex::decode(seed).unwrap().try_into().unwrap();
            let scalar = scalar_of_seed(&seed);
            let (client, _) = client_start(&context(Scheme::EddsaEd25519), &scalar, [0; 32], &mut OsRng).unwrap();
            assert_eq!(
                hex::encode(client.public_key().ed25519().unwrap().to_bytes()),
                public_key
            );
        }
    }

    #[test]
    fn a_key_out_of_range_is_refused() {
        for scheme in SCHEMES {
            for key in [[0; 32], [0xff; 32]] {
                let refused = client_start(&context(scheme), &key, [0; 32], &mut OsRng).err();
                assert_eq!(refused, Some(Abort::Malformed("scalar")));
            }
        }
    }

    /// What the co-signer takes b for, where one key is imported twice by a source that repeats.
    fn import_twice() -> [k256::Scalar; 2] {
        let scheme = Scheme::EcdsaSecp256k1;
        let key = SecretScalar::random(scheme, &mut OsRng);
        let seen = [1, 2].map(|run| {
            let context = Context {
                run: RunId([run; 16]),
                ..context(scheme)
            };
            let source = &mut ChaCha20Rng::from_seed([8; 32]);
            let (client, deal) = client_start(&context, &key.to_bytes(), [3; 32], source).unwrap();
            let sid = session_id(&context);
            let commitment = deal.proof.to_bytes()[..33].try_into().unwrap();
            let challenge = statement(&sid, deal.client).challenge(&commitment);
            let [s, c] = [deal.proof.response(scheme), challenge].map(|scalar| *scalar.secp256k1().unwrap());
            [s, c, *client.secret().secp256k1().unwrap().expose()]
        });
        let [[s1, c1, secret], [s2, c2, _]] = seen;
        [(s1 - s2) * (c1 - c2).invert().unwrap(), secret]
    }

    #[test]
    fn a_source_that_repeats_in_two_imports_tells_unhedged() {
        let [taken, secret] = traps::with_open(Trap::Hedge, import_twice);
        assert_eq!(taken, secret);
        let [taken, secret] = import_twice();
        assert_ne!(taken, secret);
    }

    #[test]
    fn a_deal_is_checked_field_by_field() {
        for (scheme, other) in [(SCHEMES[0], SCHEMES[1]), (SCHEMES[1], SCHEMES[0])] {
            let point = || SecretScalar::random(scheme, &mut OsRng).to_point();
            assert_eq!(refused(scheme, |deal| deal.client = point()), Some(Abort::WrongProof));
            assert_eq!(
                refused(scheme, |deal| deal.client = Point::generator(other)),
                Some(Abort::OtherCurve)
            );
            let mirrored = |deal: &mut Deal| deal.client = deal.co_signer.read(scheme).unwrap().to_point();
            assert_eq!(refused(scheme, mirrored), Some(Abort::Mirrored));
            let out_of_range = |deal: &mut Deal| deal.co_signer = borsh::from_slice(&[0xff; 32]).unwrap();
            assert_eq!(refused(scheme, out_of_range), Some(Abort::Malformed("scalar")));
        }
    }

    #[test]
    fn a_deal_of_another_wallet_run_or_scheme_is_refused() {
        for scheme in SCHEMES {
            let (wallet, run) = (WalletId([9; 16]), RunId([9; 16]));
            for context in [
                Context {
                    wallet,
                    ..context(scheme)
                },
                Context { run, ..context(scheme) },
            ] {
                let (_, _, deal) = dealt(scheme);
                assert_eq!(co_signer_receive(&context, deal).err(), Some(Abort::WrongProof));
            }
        }
    }
}
