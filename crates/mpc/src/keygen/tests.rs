use rand_chacha::ChaCha20Rng;
use rand_core::{OsRng, SeedableRng};

use super::*;
use crate::flip::{FlippingWire, MALFORMED, flip_every_bit};

fn context() -> Context {
    Context {
        wallet: WalletId::random(&mut OsRng),
        scheme: Scheme::EcdsaSecp256k1,
        run: RunId::random(&mut OsRng),
    }
}

fn others(context: &Context) -> [Context; 2] {
    [
        Context {
            wallet: WalletId::random(&mut OsRng),
            ..context.clone()
        },
        Context {
            run: RunId::random(&mut OsRng),
            ..context.clone()
        },
    ]
}

/// A run up to m3, as both sides stand before the opening is read.
struct Opened {
    client: ClientAwaitingConfirmation,
    co_signer: CoSignerAwaitingOpening,
    opening: Opening,
}

fn opened(context: &Context) -> Opened {
    let (client, commitment) = client_start(context.clone(), &mut OsRng);
    let (co_signer, offer) = co_signer_start(context.clone(), commitment, &mut OsRng);
    let (client, opening) = client.receive(offer, &mut OsRng).unwrap();
    Opened {
        client,
        co_signer,
        opening,
    }
}

/// An opening of other values, committed to as the client does, as far as the co-signer can see.
fn opened_with(change: impl FnOnce(&mut Committed, &Offer)) -> Result<(Share, Confirmation), Abort> {
    let context = context();
    let (client, commitment) = client_start(context.clone(), &mut OsRng);
    let (mut co_signer, offer) = co_signer_start(context.clone(), commitment, &mut OsRng);
    let mut committed = client.committed;
    change(&mut committed, &offer);
    // The co-signer's proof is bound to the first commitment, which only the client checks.
    co_signer.commitment = committed.commit(&context);
    let confirmation = match agree(&context, &co_signer.commitment, &offer, &committed) {
        Ok(info) => Confirmation::new(&info, Role::Client),
        Err(_) => Confirmation { hash: [0; 32] },
    };
    co_signer.receive(Opening {
        committed,
        confirmation,
    })
}

fn offered_with(change: impl FnOnce(&mut Offer, &ClientAwaitingOffer, &Context)) -> Option<Abort> {
    let context = context();
    let (client, commitment) = client_start(context.clone(), &mut OsRng);
    let (_, mut offer) = co_signer_start(context.clone(), commitment, &mut OsRng);
    change(&mut offer, &client, &context);
    client.receive(offer, &mut OsRng).err()
}

fn negated(point: &Point) -> Point {
    Point::new(-point.to_projective()).unwrap()
}

#[test]
fn both_sides_hold_shares_of_one_key() {
    let context = context();
    let Opened {
        client,
        co_signer,
        opening,
    } = opened(&context);
    let (co_signer, confirmation) = co_signer.receive(opening).unwrap();
    let client = client.receive(confirmation).unwrap();

    assert_eq!(client.info(), co_signer.info());
    assert_eq!((client.role(), co_signer.role()), (Role::Client, Role::CoSigner));
    assert_eq!((client.info().wallet, client.info().epoch), (context.wallet, Epoch(0)));
    let sum = SecretScalar::new(client.secret().expose() + co_signer.secret().expose()).unwrap();
    assert_eq!(sum.to_point(), client.public_key());
    assert_eq!(client.public_key(), co_signer.public_key());
}

#[test]
fn no_two_runs_share_anything() {
    let context = context();
    let shares = [(); 2].map(|()| {
        let Opened { co_signer, opening, .. } = opened(&context);
        co_signer.receive(opening).unwrap().0
    });
    let [one, two] = &shares;
    assert_ne!(one.info().key_id, two.info().key_id);
    assert_ne!(one.info().chain_code, two.info().chain_code);
    assert_ne!(one.public_key(), two.public_key());
}

#[test]
fn messages_have_their_documented_lengths() {
    let (client, commitment) = client_start(context(), &mut OsRng);
    let (co_signer, offer) = co_signer_start(client.context.clone(), commitment.clone(), &mut OsRng);
    let (_, opening) = client.receive(offer.clone(), &mut OsRng).unwrap();
    let (_, confirmation) = co_signer.receive(opening.clone()).unwrap();
    assert_eq!(borsh::to_vec(&commitment).unwrap().len(), 32);
    assert_eq!(borsh::to_vec(&offer).unwrap().len(), 130);
    assert_eq!(borsh::to_vec(&opening).unwrap().len(), 194);
    assert_eq!(borsh::to_vec(&confirmation).unwrap().len(), 32);
}

#[test]
fn an_offer_without_a_proof_of_a_is_refused() {
    let abort = offered_with(|offer, _, _| offer.public_share = SecretScalar::random(&mut OsRng).to_point());
    assert_eq!(abort, Some(Abort::WrongProof));
}

#[test]
fn an_offer_that_mirrors_the_client_is_refused() {
    // Even with a proof that holds, which a co-signer that has not seen b could not give.
    let abort = offered_with(|offer, client, context| {
        let seen = seen_by_co_signer(context, &client.commitment);
        offer.public_share = client.committed.public_share;
        let statement = co_signer_statement(&seen, offer.public_share);
        offer.proof = ProofOfKnowledge::prove(&statement, &client.secret, &mut OsRng);
        assert_eq!(offer.proof.verify(&statement), Ok(()));
    });
    assert_eq!(abort, Some(Abort::Mirrored));
}

#[test]
fn a_mirrored_proof_does_not_hold_in_the_other_role() {
    let (client, commitment) = client_start(context(), &mut OsRng);
    let seen = seen_by_co_signer(&client.context, &commitment);
    let statement = co_signer_statement(&seen, client.committed.public_share);
    assert_eq!(client.committed.proof.verify(&statement), Err(Abort::WrongProof));
}

#[test]
fn an_offer_that_cancels_the_clients_share_is_refused() {
    let abort = offered_with(|offer, client, _| offer.public_share = negated(&client.committed.public_share));
    assert_eq!(abort, Some(Abort::NoKey));
}

#[test]
fn an_offer_to_another_commitment_is_refused() {
    let context = context();
    let (client, _) = client_start(context.clone(), &mut OsRng);
    let (_, other) = client_start(context.clone(), &mut OsRng);
    let (_, offer) = co_signer_start(context, other, &mut OsRng);
    assert_eq!(client.receive(offer, &mut OsRng).err(), Some(Abort::WrongProof));
}

#[test]
fn an_offer_of_another_wallet_or_run_is_refused() {
    let context = context();
    for other in others(&context) {
        let (client, commitment) = client_start(context.clone(), &mut OsRng);
        let (_, offer) = co_signer_start(other, commitment, &mut OsRng);
        assert_eq!(client.receive(offer, &mut OsRng).err(), Some(Abort::WrongProof));
    }
}

#[test]
fn an_opening_of_another_wallet_or_run_is_refused() {
    let context = context();
    for other in others(&context) {
        let Opened {
            mut co_signer, opening, ..
        } = opened(&context);
        co_signer.context = other;
        assert_eq!(co_signer.receive(opening).err(), Some(Abort::WrongOpening));
    }
}

#[test]
fn an_opening_replayed_in_another_run_is_refused() {
    let Opened { opening, .. } = opened(&context());
    let Opened { co_signer, .. } = opened(&context());
    assert_eq!(co_signer.receive(opening).err(), Some(Abort::WrongOpening));
}

#[test]
fn a_whole_clients_side_replayed_to_a_new_co_signer_is_refused() {
    // The commitment is taken, and fits its opening; but the opening confirms the transcript with the first co-signer.
    let context = context();
    let (client, commitment) = client_start(context.clone(), &mut OsRng);
    let (_, offer) = co_signer_start(context.clone(), commitment.clone(), &mut OsRng);
    let (_, opening) = client.receive(offer, &mut OsRng).unwrap();
    let (co_signer, _) = co_signer_start(context, commitment, &mut OsRng);
    assert_eq!(co_signer.receive(opening).err(), Some(Abort::WrongConfirmation));
}

#[test]
fn an_opening_that_mirrors_the_co_signer_is_refused() {
    // A client that guessed A: what the commitment keeps from happening is also refused when it happens.
    let context = context();
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let secret = SecretScalar::random(&mut rng.clone());
    let public_share = secret.to_point();
    let proof = ProofOfKnowledge::prove(&client_statement(&context.sid(), public_share), &secret, &mut OsRng);
    let committed = Committed {
        public_share,
        proof,
        contribution: [1; 32],
        salt: [2; 32],
    };
    let (co_signer, offer) = co_signer_start(context.clone(), committed.commit(&context), &mut rng);
    assert_eq!(offer.public_share, committed.public_share);
    let confirmation = Confirmation { hash: [0; 32] };
    assert_eq!(
        co_signer
            .receive(Opening {
                committed,
                confirmation
            })
            .err(),
        Some(Abort::Mirrored)
    );
}

#[test]
fn an_opening_that_cancels_the_co_signers_share_is_refused() {
    let result = opened_with(|committed, offer| committed.public_share = negated(&offer.public_share));
    assert_eq!(result.err(), Some(Abort::NoKey));
}

#[test]
fn an_opening_without_a_proof_of_b_is_refused() {
    assert!(opened_with(|_, _| ()).is_ok());
    let result = opened_with(|committed, _| committed.public_share = SecretScalar::random(&mut OsRng).to_point());
    assert_eq!(result.err(), Some(Abort::WrongProof));
    let result = opened_with(|committed, offer| committed.proof = offer.proof.clone());
    assert_eq!(result.err(), Some(Abort::WrongProof));
}

#[test]
fn an_opening_of_anything_not_committed_to_is_refused() {
    let changes: [fn(&mut Committed); 4] = [
        |committed| committed.public_share = Point::GENERATOR,
        |committed| committed.contribution[0] ^= 1,
        |committed| committed.salt[31] ^= 0x80,
        |committed| {
            let other = client_start(context(), &mut OsRng).0;
            committed.proof = other.committed.proof;
        },
    ];
    for change in changes {
        let Opened {
            co_signer, mut opening, ..
        } = opened(&context());
        change(&mut opening.committed);
        assert_eq!(co_signer.receive(opening).err(), Some(Abort::WrongOpening));
    }
}

#[test]
fn a_confirmation_of_the_other_role_is_refused() {
    let Opened {
        client,
        co_signer,
        opening,
    } = opened(&context());
    let own = opening.confirmation.clone();
    assert_eq!(client.receive(own).err(), Some(Abort::WrongConfirmation));

    let info = agree(
        &co_signer.context,
        &co_signer.commitment,
        &co_signer.offer,
        &opening.committed,
    )
    .unwrap();
    let mirrored = Opening {
        confirmation: Confirmation::new(&info, Role::CoSigner),
        ..opening
    };
    assert_eq!(co_signer.receive(mirrored).err(), Some(Abort::WrongConfirmation));
}

#[test]
fn a_confirmation_of_another_run_is_refused() {
    let context = context();
    let Opened { client, .. } = opened(&context);
    let Opened { co_signer, opening, .. } = opened(&context);
    let (_, confirmation) = co_signer.receive(opening).unwrap();
    assert_eq!(client.receive(confirmation).err(), Some(Abort::WrongConfirmation));
}

#[test]
fn a_bit_flipped_in_any_message_is_refused() {
    let run = |wire: &mut FlippingWire| {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let context = Context {
            wallet: WalletId([1; 16]),
            scheme: Scheme::EcdsaSecp256k1,
            run: RunId([2; 16]),
        };
        let (client, commitment) = client_start(context.clone(), &mut rng);
        let (co_signer, offer) = co_signer_start(context, wire.carry(1, commitment)?, &mut rng);
        let (client, opening) = client.receive(wire.carry(2, offer)?, &mut rng)?;
        let (_, confirmation) = co_signer.receive(wire.carry(3, opening)?)?;
        client.receive(wire.carry(4, confirmation)?)
    };
    // The co-signer's contribution to the chain code is the one field that only the confirmations protect.
    assert_eq!(flip_every_bit(1, &[Abort::WrongProof], run), 32);
    assert_eq!(
        flip_every_bit(2, &[Abort::WrongProof, Abort::WrongConfirmation, MALFORMED], run),
        130
    );
    assert_eq!(
        flip_every_bit(3, &[Abort::WrongOpening, Abort::WrongConfirmation, MALFORMED], run),
        194
    );
    assert_eq!(flip_every_bit(4, &[Abort::WrongConfirmation], run), 32);
}

/// Pins every tag, field order and length of the protocol: made by this code, to be changed with the version only.
#[test]
fn a_run_with_known_randomness_gives_known_values() {
    let rng = &mut ChaCha20Rng::seed_from_u64(7);
    let context = Context {
        wallet: WalletId([1; 16]),
        scheme: Scheme::EcdsaSecp256k1,
        run: RunId([2; 16]),
    };
    let (client, commitment) = client_start(context.clone(), rng);
    let (co_signer, offer) = co_signer_start(context, commitment, rng);
    let (client, opening) = client.receive(offer, rng).unwrap();
    let (_, confirmation) = co_signer.receive(opening.clone()).unwrap();
    let confirmations = [opening.confirmation.hash, confirmation.hash].map(hex::encode);
    let share = client.receive(confirmation).unwrap();
    let info = share.info();
    assert_eq!(
        hex::encode(share.public_key().to_bytes()),
        "03be2ebf4581f70c26afc12ab806dc6544f00c6ff786f304012c1ba549a3cc49e7"
    );
    assert_eq!(
        hex::encode(info.key_id),
        "76e476da4a06e13b2a0fa9f846f00d762f573943bf98f52e7ba4af847cb19737"
    );
    assert_eq!(
        hex::encode(info.chain_code),
        "c226490f0fdccb85e79234c20d70ebd4e51920b684cf3feb8b04dc7579e990c6"
    );
    assert_eq!(
        confirmations,
        [
            "d6c603d406b92e4458a7ec945033e8363c6229d45ee74ddab3834030cacb1cc0",
            "aa48b9b2022805d7742c6aab4c7ff543d16a189a5584acc727bfa13766d2ac5d"
        ]
    );
}
