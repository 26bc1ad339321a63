use rand_chacha::ChaCha20Rng;
use rand_core::{OsRng, SeedableRng};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::flip::{FlippingWire, MALFORMED, flip_every_bit, refused_proof};

fn context(scheme: Scheme) -> Context {
    Context {
        wallet: WalletId::random(&mut OsRng),
        scheme,
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
    let (client, commitment) = client_start(context.clone(), &mut OsRng).unwrap();
    let (co_signer, offer) = co_signer_start(context.clone(), commitment, &mut OsRng).unwrap();
    let (client, opening) = client.receive(offer).unwrap();
    Opened {
        client,
        co_signer,
        opening,
    }
}

/// An opening of other values, committed to as the client does, as far as the co-signer can see.
fn opened_with(scheme: Scheme, change: impl FnOnce(&mut Committed, &Offer)) -> Result<(Share, Confirmation), Abort> {
    let context = context(scheme);
    let (client, commitment) = client_start(context.clone(), &mut OsRng).unwrap();
    let (mut co_signer, offer) = co_signer_start(context.clone(), commitment, &mut OsRng).unwrap();
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

fn offered_with(scheme: Scheme, change: impl FnOnce(&mut Offer, &ClientAwaitingOffer, &Context)) -> Option<Abort> {
    let context = context(scheme);
    let (client, commitment) = client_start(context.clone(), &mut OsRng).unwrap();
    let (_, mut offer) = co_signer_start(context.clone(), commitment, &mut OsRng).unwrap();
    change(&mut offer, &client, &context);
    client.receive(offer).err()
}

fn negated(point: &Point) -> Point {
    let generator = Point::generator(point.scheme());
    let more = generator.plus(point).unwrap().unwrap();
    generator.minus(&more).unwrap().unwrap()
}

#[test]
fn both_sides_hold_shares_of_one_key() {
    for scheme in Scheme::ALL {
        let context = context(scheme);
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
        let sum = client.secret().plus(co_signer.secret()).unwrap();
        assert_eq!(sum.to_point(), client.public_key());
        assert_eq!(client.public_key(), co_signer.public_key());
    }
}

#[test]
fn no_two_runs_share_anything() {
    for scheme in Scheme::ALL {
        let context = context(scheme);
        let shares = [(); 2].map(|()| {
            let Opened { co_signer, opening, .. } = opened(&context);
            co_signer.receive(opening).unwrap().0
        });
        let [one, two] = &shares;
        assert_ne!(one.info().key_id, two.info().key_id);
        assert_ne!(one.info().chain_code, two.info().chain_code);
        assert_ne!(one.public_key(), two.public_key());
    }
}

#[test]
fn messages_have_their_documented_lengths() {
    for scheme in Scheme::ALL {
        let (client, commitment) = client_start(context(scheme), &mut OsRng).unwrap();
        let (co_signer, offer) = co_signer_start(client.context.clone(), commitment.clone(), &mut OsRng).unwrap();
        let (_, opening) = client.receive(offer.clone()).unwrap();
        let (_, confirmation) = co_signer.receive(opening.clone()).unwrap();
        assert_eq!(borsh::to_vec(&commitment).unwrap().len(), 32);
        assert_eq!(borsh::to_vec(&offer).unwrap().len(), 130);
        assert_eq!(borsh::to_vec(&opening).unwrap().len(), 194);
        assert_eq!(borsh::to_vec(&confirmation).unwrap().len(), 32);
    }
}

#[test]
fn an_offer_without_a_proof_of_a_is_refused() {
    for scheme in Scheme::ALL {
        let abort = offered_with(scheme, |offer, _, _| {
            offer.public_share = SecretScalar::random(scheme, &mut OsRng).to_point()
        });
        assert_eq!(abort, Some(Abort::WrongProof));
    }
}

#[test]
fn an_offer_that_mirrors_the_client_is_refused() {
    for scheme in Scheme::ALL {
        // Even with a proof that holds, which a co-signer that has not seen b could not give.
        let abort = offered_with(scheme, |offer, client, context| {
            let seen = seen_by_co_signer(context, &client.commitment);
            offer.public_share = client.committed.public_share;
            let statement = co_signer_statement(&seen, offer.public_share);
            offer.proof = ProofOfKnowledge::prove(&statement, &client.secret, &mut OsRng).unwrap();
            assert_eq!(offer.proof.verify(&statement), Ok(()));
        });
        assert_eq!(abort, Some(Abort::Mirrored));
    }
}

#[test]
fn a_mirrored_proof_does_not_hold_in_the_other_role() {
    for scheme in Scheme::ALL {
        let (client, commitment) = client_start(context(scheme), &mut OsRng).unwrap();
        let seen = seen_by_co_signer(&client.context, &commitment);
        let statement = co_signer_statement(&seen, client.committed.public_share);
        assert_eq!(client.committed.proof.verify(&statement), Err(Abort::WrongProof));
    }
}

#[test]
fn an_offer_that_cancels_the_clients_share_is_refused() {
    for scheme in Scheme::ALL {
        let abort = offered_with(scheme, |offer, client, _| {
            offer.public_share = negated(&client.committed.public_share)
        });
        assert_eq!(abort, Some(Abort::NoKey));
    }
}

#[test]
fn an_offer_on_the_other_curve_is_refused() {
    for scheme in Scheme::ALL {
        let abort = offered_with(scheme, |offer, _, _| {
            offer.public_share = Point::generator(scheme.other())
        });
        assert_eq!(abort, Some(Abort::OtherCurve));

        // As from a co-signer that was told another scheme.
        let context = context(scheme);
        let (client, commitment) = client_start(context.clone(), &mut OsRng).unwrap();
        let other = Context {
            scheme: scheme.other(),
            ..context
        };
        let (_, offer) = co_signer_start(other, commitment, &mut OsRng).unwrap();
        assert_eq!(client.receive(offer).err(), Some(Abort::OtherCurve));
    }
}

#[test]
fn an_opening_on_the_other_curve_is_refused() {
    for scheme in Scheme::ALL {
        let result = opened_with(scheme, |committed, _| {
            committed.public_share = Point::generator(scheme.other());
        });
        assert_eq!(result.err(), Some(Abort::OtherCurve));
    }
}

#[test]
fn an_offer_to_another_commitment_is_refused() {
    for scheme in Scheme::ALL {
        let context = context(scheme);
        let (client, _) = client_start(context.clone(), &mut OsRng).unwrap();
        let (_, other) = client_start(context.clone(), &mut OsRng).unwrap();
        let (_, offer) = co_signer_start(context, other, &mut OsRng).unwrap();
        assert_eq!(client.receive(offer).err(), Some(Abort::WrongProof));
    }
}

#[test]
fn an_offer_of_another_wallet_or_run_is_refused() {
    for scheme in Scheme::ALL {
        let context = context(scheme);
        for other in others(&context) {
            let (client, commitment) = client_start(context.clone(), &mut OsRng).unwrap();
            let (_, offer) = co_signer_start(other, commitment, &mut OsRng).unwrap();
            assert_eq!(client.receive(offer).err(), Some(Abort::WrongProof));
        }
    }
}

#[test]
fn an_opening_of_another_wallet_or_run_is_refused() {
    for scheme in Scheme::ALL {
        let context = context(scheme);
        for other in others(&context) {
            let Opened {
                mut co_signer, opening, ..
            } = opened(&context);
            co_signer.context = other;
            assert_eq!(co_signer.receive(opening).err(), Some(Abort::WrongOpening));
        }
    }
}

#[test]
fn an_opening_replayed_in_another_run_is_refused() {
    for scheme in Scheme::ALL {
        let Opened { opening, .. } = opened(&context(scheme));
        let Opened { co_signer, .. } = opened(&context(scheme));
        assert_eq!(co_signer.receive(opening).err(), Some(Abort::WrongOpening));
    }
}

#[test]
fn a_whole_clients_side_replayed_to_a_new_co_signer_is_refused() {
    for scheme in Scheme::ALL {
        // The commitment is taken, and fits its opening; but the opening confirms the transcript with the first co-signer.
        let context = context(scheme);
        let (client, commitment) = client_start(context.clone(), &mut OsRng).unwrap();
        let (_, offer) = co_signer_start(context.clone(), commitment.clone(), &mut OsRng).unwrap();
        let (_, opening) = client.receive(offer).unwrap();
        let (co_signer, _) = co_signer_start(context, commitment, &mut OsRng).unwrap();
        assert_eq!(co_signer.receive(opening).err(), Some(Abort::WrongConfirmation));
    }
}

#[test]
fn an_opening_that_mirrors_the_co_signer_is_refused() {
    for scheme in Scheme::ALL {
        // A client that guessed A: what the commitment keeps from happening is also refused when it happens.
        let context = context(scheme);
        let source = || ChaCha20Rng::seed_from_u64(1);
        let guess = || SecretScalar::random(scheme, &mut Hedged::new(tags::KEYGEN_DRAWS, &mut source(), &[], &[]));
        let secret = traps::with_open(Trap::Hedge, guess);
        let public_share = secret.to_point();
        let proof =
            ProofOfKnowledge::prove(&client_statement(&context.sid(), public_share), &secret, &mut OsRng).unwrap();
        let committed = Committed {
            public_share,
            proof,
            contribution: [1; 32],
            salt: [2; 32],
        };
        let start = || co_signer_start(context.clone(), committed.commit(&context), &mut source()).unwrap();
        let (co_signer, offer) = traps::with_open(Trap::Hedge, start);
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
}

#[test]
fn an_opening_that_cancels_the_co_signers_share_is_refused() {
    for scheme in Scheme::ALL {
        let result = opened_with(scheme, |committed, offer| {
            committed.public_share = negated(&offer.public_share)
        });
        assert_eq!(result.err(), Some(Abort::NoKey));
    }
}

#[test]
fn an_opening_without_a_proof_of_b_is_refused() {
    for scheme in Scheme::ALL {
        assert!(opened_with(scheme, |_, _| ()).is_ok());
        let result = opened_with(scheme, |committed, _| {
            committed.public_share = SecretScalar::random(scheme, &mut OsRng).to_point()
        });
        assert_eq!(result.err(), Some(Abort::WrongProof));
        let result = opened_with(scheme, |committed, offer| committed.proof = offer.proof.clone());
        assert_eq!(result.err(), Some(Abort::WrongProof));
    }
}

#[test]
fn an_opening_of_anything_not_committed_to_is_refused() {
    for scheme in Scheme::ALL {
        let changes: [fn(&mut Committed); 4] = [
            |committed| committed.public_share = Point::generator(committed.public_share.scheme()),
            |committed| committed.contribution[0] ^= 1,
            |committed| committed.salt[31] ^= 0x80,
            |committed| {
                let context = context(committed.public_share.scheme());
                let other = client_start(context, &mut OsRng).unwrap().0;
                committed.proof = other.committed.proof;
            },
        ];
        for change in changes {
            let Opened {
                co_signer, mut opening, ..
            } = opened(&context(scheme));
            change(&mut opening.committed);
            assert_eq!(co_signer.receive(opening).err(), Some(Abort::WrongOpening));
        }
    }
}

#[test]
fn a_confirmation_of_the_other_role_is_refused() {
    for scheme in Scheme::ALL {
        let Opened {
            client,
            co_signer,
            opening,
        } = opened(&context(scheme));
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
}

#[test]
fn a_confirmation_of_another_run_is_refused() {
    for scheme in Scheme::ALL {
        let context = context(scheme);
        let Opened { client, .. } = opened(&context);
        let Opened { co_signer, opening, .. } = opened(&context);
        let (_, confirmation) = co_signer.receive(opening).unwrap();
        assert_eq!(client.receive(confirmation).err(), Some(Abort::WrongConfirmation));
    }
}

#[test]
fn a_bit_flipped_in_any_message_is_refused() {
    for scheme in Scheme::ALL {
        let run = |wire: &mut FlippingWire| {
            let mut rng = ChaCha20Rng::seed_from_u64(7);
            let context = Context {
                wallet: WalletId([1; 16]),
                scheme,
                run: RunId([2; 16]),
            };
            let (client, commitment) = client_start(context.clone(), &mut rng).unwrap();
            let (co_signer, offer) = co_signer_start(context, wire.carry(1, commitment)?, &mut rng)?;
            let (client, opening) = client.receive(wire.carry(2, offer)?)?;
            let (_, confirmation) = co_signer.receive(wire.carry(3, opening)?)?;
            client.receive(wire.carry(4, confirmation)?)
        };
        let refused_proof = refused_proof(scheme);
        // The co-signer's contribution to the chain code is the one field that only the confirmations protect.
        assert_eq!(flip_every_bit(1, &[Abort::WrongProof], run), 32);
        assert_eq!(
            flip_every_bit(
                2,
                &[refused_proof, &[Abort::WrongConfirmation, MALFORMED]].concat(),
                run
            ),
            130
        );
        assert_eq!(
            flip_every_bit(3, &[Abort::WrongOpening, Abort::WrongConfirmation, MALFORMED], run),
            194
        );
        assert_eq!(flip_every_bit(4, &[Abort::WrongConfirmation], run), 32);
    }
}

/// Pins every tag, field order and length of the protocol: made by this code, to be changed with the version only.
#[test]
fn a_run_with_known_randomness_gives_known_values() {
    let expected = [
        (
            Scheme::EcdsaSecp256k1,
            [
                "03c8ab2c96bbe69cfc110e68d3380024e61dbd07e2c40e304ea19c76fe81c90fd9",
                "14e61b9cfec648efb4cacae0e5d933cb59b3c108df2d146ba4bd66d62bb6f7ca",
                "ebfe3fe7743fa146a8491ab46565dd25f3379d0d2d77ff039696b209d2602c09",
                "03ed17faa6e661c7de0cebde14a67784e1d1571e3c67d0e3cf0a6216eec112b3",
                "2f31ccfcd2b419e0f5772632f468596dc67d1a616ce4bfd2385ba350fcf3bc25",
            ],
        ),
        (
            Scheme::EddsaEd25519,
            [
                "ed2ca3c3f3e239bc5841c093491ef3a9be92681c25676512af28bcb607b24660b9",
                "38039b1927b3f39a7a679eb80bc3cad2b48cb1cfa2271dcdd19c254d933f8d2b",
                "72ae7c543ff761204ffd4b90b2f5a015ff5d750e578546ae3473b4fcfe219829",
                "2ce703e8950373f3b7af4413e3cd5351768d75b95d2a639912c3fc0cf7fd20d9",
                "8aefb02d4b1bd232296d20d325195f0b01780138db5d2233ac9a949788de26d3",
            ],
        ),
    ];
    let mut made = Vec::new();
    for scheme in Scheme::ALL {
        let rng = &mut ChaCha20Rng::seed_from_u64(7);
        let context = Context {
            wallet: WalletId([1; 16]),
            scheme,
            run: RunId([2; 16]),
        };
        let (client, commitment) = client_start(context.clone(), rng).unwrap();
        let (co_signer, offer) = co_signer_start(context, commitment, rng).unwrap();
        let (client, opening) = client.receive(offer).unwrap();
        let (_, confirmation) = co_signer.receive(opening.clone()).unwrap();
        let confirmations = [opening.confirmation.hash, confirmation.hash].map(hex::encode);
        let share = client.receive(confirmation).unwrap();
        let info = share.info();
        let [ours, theirs] = confirmations;
        let values = [
            hex::encode(share.public_key().to_bytes()),
            hex::encode(info.key_id),
            hex::encode(info.chain_code),
            ours,
            theirs,
        ];
        made.push((scheme, values));
    }
    let expected = expected.map(|(scheme, values)| (scheme, values.map(String::from)));
    assert_eq!(made, expected);
}
