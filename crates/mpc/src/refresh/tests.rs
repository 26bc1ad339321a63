use rand_chacha::ChaCha20Rng;
use rand_core::{OsRng, SeedableRng};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::{
    Epoch, KeyInfo, Scheme, WalletId,
    flip::{FlippingWire, MALFORMED, flip_every_bit, refused_proof},
};

pub(super) const BINDING: &[u8; 32] = &[9; 32];

/// Both shares of one key.
pub(crate) struct Pair {
    pub(crate) client: Share,
    pub(crate) co_signer: Share,
}

impl Pair {
    pub(crate) fn new(scheme: Scheme) -> Self {
        let [client, co_signer] = [(); 2].map(|()| SecretScalar::random(scheme, &mut OsRng));
        let info = KeyInfo {
            wallet: WalletId::random(&mut OsRng),
            scheme,
            epoch: Epoch(4),
            key_id: [5; 32],
            chain_code: [6; 32],
            client: client.to_point(),
            co_signer: co_signer.to_point(),
        };
        Self::with(client, co_signer, info)
    }

    fn with(client: SecretScalar, co_signer: SecretScalar, info: KeyInfo) -> Self {
        Self {
            client: Share::new(Role::Client, client, info.clone()).unwrap(),
            co_signer: Share::new(Role::CoSigner, co_signer, info).unwrap(),
        }
    }

    /// The same secrets under other public data.
    pub(super) fn changed(&self, change: impl FnOnce(&mut KeyInfo)) -> Self {
        let mut info = self.client.info().clone();
        change(&mut info);
        Self::with(self.client.secret().copy(), self.co_signer.secret().copy(), info)
    }

    pub(crate) fn refresh(&self) -> Self {
        let Opened {
            client,
            co_signer,
            opening,
            ..
        } = self.open();
        let (co_signer, proof) = co_signer.receive(opening, &mut OsRng).unwrap();
        Self {
            client: client.receive(proof).unwrap(),
            co_signer,
        }
    }

    /// The next pair, and what both sides have as evidence of it.
    pub(super) fn prove(&self, binding: &[u8; 32]) -> (Self, Evidence) {
        let Opened {
            client,
            co_signer,
            opening,
            ..
        } = offered(self, self, RUN, RUN, binding, binding).open();
        let (co_signer, proof, theirs) = co_signer.receive_with_evidence(opening, &mut OsRng).unwrap();
        let (client, ours) = client.receive_with_evidence(proof).unwrap();
        assert_eq!(ours, theirs);
        (Self { client, co_signer }, ours)
    }

    fn open(&self) -> Opened {
        self.start().open()
    }

    fn start(&self) -> Offered {
        offered(self, self, RUN, RUN, BINDING, BINDING)
    }

    fn sum(&self) -> Point {
        self.client.secret().plus(self.co_signer.secret()).unwrap().to_point()
    }
}

pub(super) const RUN: RunId = RunId([1; 16]);

/// A run before m2 is read.
struct Offered {
    client: ClientAwaitingOffer,
    co_signer: CoSignerAwaitingOpening,
    commitment: Commitment,
    offer: Offer,
}

/// A run before m3 is read.
struct Opened {
    client: ClientAwaitingProof,
    co_signer: CoSignerAwaitingOpening,
    offer: Offer,
    opening: Opening,
}

impl Offered {
    fn open(self) -> Opened {
        let Self {
            client,
            co_signer,
            offer,
            ..
        } = self;
        let (client, opening) = client.receive(offer.clone(), &mut OsRng).unwrap();
        Opened {
            client,
            co_signer,
            offer,
            opening,
        }
    }
}

/// A run in which the two sides need not agree on anything.
fn offered(
    ours: &Pair,
    theirs: &Pair,
    run: RunId,
    their_run: RunId,
    bind: &[u8; 32],
    their_bind: &[u8; 32],
) -> Offered {
    let (client, commitment) = client_start(&ours.client, run, bind, &mut OsRng).unwrap();
    let (co_signer, offer) =
        co_signer_start(&theirs.co_signer, their_run, their_bind, commitment.clone(), &mut OsRng).unwrap();
    Offered {
        client,
        co_signer,
        commitment,
        offer,
    }
}

#[test]
fn both_shares_change_and_the_key_stays() {
    for scheme in Scheme::ALL {
        let old = Pair::new(scheme);
        let new = old.refresh();
        assert_eq!(new.client.info(), new.co_signer.info());
        assert_eq!(new.client.info().epoch, Epoch(5));
        assert_eq!(new.client.public_key(), old.client.public_key());
        assert_eq!(new.sum(), old.client.public_key());
        assert_ne!(*new.client.secret().to_bytes(), *old.client.secret().to_bytes());
        assert_ne!(*new.co_signer.secret().to_bytes(), *old.co_signer.secret().to_bytes());
        assert_ne!(new.client.info().client, old.client.info().client);
        assert_ne!(new.client.info().co_signer, old.client.info().co_signer);

        let KeyInfo {
            wallet,
            scheme,
            key_id,
            chain_code,
            ..
        } = *old.client.info();
        let now = new.client.info();
        assert_eq!(
            (now.wallet, now.scheme, now.key_id, now.chain_code),
            (wallet, scheme, key_id, chain_code)
        );
    }
}

#[test]
fn ten_refreshes_in_a_row_keep_the_key() {
    for scheme in Scheme::ALL {
        let first = Pair::new(scheme);
        let last = (0..10).fold(first.changed(|_| ()), |pair, _| pair.refresh());
        assert_eq!(last.client.info().epoch, Epoch(14));
        assert_eq!(last.sum(), first.client.public_key());
    }
}

#[test]
fn shares_of_different_epochs_do_not_sum_to_the_key() {
    for scheme in Scheme::ALL {
        let old = Pair::new(scheme);
        let new = old.refresh();
        for (client, co_signer) in [(&old.client, &new.co_signer), (&new.client, &old.co_signer)] {
            let sum = client.secret().plus(co_signer.secret()).unwrap();
            assert_ne!(sum.to_point(), old.client.public_key());
        }
    }
}

#[test]
fn messages_have_their_documented_lengths() {
    for scheme in Scheme::ALL {
        let Offered {
            client,
            co_signer,
            commitment,
            offer,
        } = Pair::new(scheme).start();
        let (_, opening) = client.receive(offer.clone(), &mut OsRng).unwrap();
        let (_, proof) = co_signer.receive(opening.clone(), &mut OsRng).unwrap();
        assert_eq!(borsh::to_vec(&commitment).unwrap().len(), 32);
        assert_eq!(borsh::to_vec(&offer).unwrap().len(), 65);
        assert_eq!(borsh::to_vec(&opening).unwrap().len(), 162);
        assert_eq!(borsh::to_vec(&proof).unwrap().len(), 65);
    }
}

/// Forward secrecy: an old share and every message do not give the new one; one ephemeral secret more would.
#[test]
fn an_old_share_and_all_messages_do_not_give_the_new_share() {
    for scheme in Scheme::ALL {
        let old = Pair::new(scheme);
        let Offered {
            client,
            co_signer,
            commitment,
            offer,
        } = old.start();
        let ephemeral = client.ephemeral.copy();
        let (client, opening) = client.receive(offer.clone(), &mut OsRng).unwrap();
        let (_, proof) = co_signer.receive(opening.clone(), &mut OsRng).unwrap();
        let new = client.receive(proof.clone()).unwrap();

        // What the holder of the old share has: the share, and four messages.
        let attempt = |shared: Point| {
            let run = Run::new(Role::Client, &old.client, RUN, BINDING).unwrap();
            assert_eq!(run.commit(&opening.contribution, &opening.salt), commitment);
            let delta = run
                .delta(&opening.contribution, &offer.contribution, &shared.to_bytes())
                .unwrap();
            run.next_share(&delta).unwrap()
        };
        let (ours, theirs) = (opening.contribution.ephemeral, offer.contribution.ephemeral);
        let sum = ours.plus(&theirs).unwrap().unwrap();
        let old_secret = old.client.secret();
        for guess in [
            ours,
            theirs,
            sum,
            old_secret.times(&ours).unwrap(),
            old_secret.times(&theirs).unwrap(),
            old.client.public_key(),
        ] {
            assert_ne!(attempt(guess).info(), new.info());
        }
        // The attempt is right in everything but the Diffie–Hellman.
        assert_eq!(
            *attempt(ephemeral.times(&theirs).unwrap()).secret().to_bytes(),
            *new.secret().to_bytes()
        );
    }
}

#[test]
fn a_share_of_the_other_role_is_refused() {
    for scheme in Scheme::ALL {
        let pair = Pair::new(scheme);
        assert_eq!(
            client_start(&pair.co_signer, RUN, BINDING, &mut OsRng).err(),
            Some(Abort::WrongRole)
        );
        let (_, commitment) = client_start(&pair.client, RUN, BINDING, &mut OsRng).unwrap();
        let abort = co_signer_start(&pair.client, RUN, BINDING, commitment, &mut OsRng).err();
        assert_eq!(abort, Some(Abort::WrongRole));
    }
}

#[test]
fn the_last_epoch_is_not_followed_by_the_first() {
    for scheme in Scheme::ALL {
        let pair = Pair::new(scheme);
        let last = pair.changed(|info| info.epoch = Epoch(u32::MAX));
        assert_eq!(
            client_start(&last.client, RUN, BINDING, &mut OsRng).err(),
            Some(Abort::EpochsExhausted)
        );
        let (_, commitment) = client_start(&pair.client, RUN, BINDING, &mut OsRng).unwrap();
        let abort = co_signer_start(&last.co_signer, RUN, BINDING, commitment, &mut OsRng).err();
        assert_eq!(abort, Some(Abort::EpochsExhausted));
    }
}

#[test]
fn sides_that_disagree_on_anything_stop_at_the_opening() {
    for scheme in Scheme::ALL {
        let pair = Pair::new(scheme);
        let others = [
            pair.changed(|info| info.wallet = WalletId([0; 16])),
            pair.changed(|info| info.epoch = Epoch(5)),
            pair.changed(|info| info.key_id = [0; 32]),
            pair.changed(|info| info.chain_code = [0; 32]),
            // The same key, at the same epoch, split otherwise: two histories of one wallet.
            pair.refresh().changed(|info| info.epoch = Epoch(4)),
            Pair::new(scheme),
        ];
        let runs = others
            .iter()
            .map(|other| offered(&pair, other, RUN, RUN, BINDING, BINDING))
            .chain([
                offered(&pair, &pair, RUN, RunId([2; 16]), BINDING, BINDING),
                offered(&pair, &pair, RUN, RUN, BINDING, &[8; 32]),
            ]);
        for run in runs {
            let Opened { co_signer, opening, .. } = run.open();
            assert_eq!(co_signer.receive(opening, &mut OsRng).err(), Some(Abort::WrongOpening));
        }
    }
}

#[test]
fn an_opening_replayed_in_another_run_is_refused() {
    for scheme in Scheme::ALL {
        let pair = Pair::new(scheme);
        let Opened { opening, .. } = pair.open();
        let Opened { co_signer, .. } = pair.open();
        assert_eq!(co_signer.receive(opening, &mut OsRng).err(), Some(Abort::WrongOpening));
    }
}

#[test]
fn a_whole_clients_side_replayed_to_a_new_co_signer_is_refused() {
    for scheme in Scheme::ALL {
        let pair = Pair::new(scheme);
        let Offered {
            client,
            commitment,
            offer,
            ..
        } = pair.start();
        let (_, opening) = client.receive(offer, &mut OsRng).unwrap();
        let (co_signer, _) = co_signer_start(&pair.co_signer, RUN, BINDING, commitment, &mut OsRng).unwrap();
        assert_eq!(co_signer.receive(opening, &mut OsRng).err(), Some(Abort::WrongProof));
    }
}

#[test]
fn an_opening_of_anything_not_committed_to_is_refused() {
    for scheme in Scheme::ALL {
        let changes: [fn(&mut Opening); 3] = [
            |opening| opening.contribution.entropy[0] ^= 1,
            |opening| opening.contribution.ephemeral = Point::generator(opening.contribution.ephemeral.scheme()),
            |opening| opening.salt[0] ^= 1,
        ];
        for change in changes {
            let Opened {
                co_signer, mut opening, ..
            } = Pair::new(scheme).open();
            change(&mut opening);
            assert_eq!(co_signer.receive(opening, &mut OsRng).err(), Some(Abort::WrongOpening));
        }
    }
}

#[test]
fn an_offer_that_echoes_the_client_is_refused() {
    for scheme in Scheme::ALL {
        let changes: [fn(&mut Contribution, &Contribution); 3] = [
            |theirs, ours| *theirs = ours.clone(),
            |theirs, ours| theirs.entropy = ours.entropy,
            |theirs, ours| theirs.ephemeral = ours.ephemeral,
        ];
        for change in changes {
            let Offered { client, mut offer, .. } = Pair::new(scheme).start();
            change(&mut offer.contribution, &client.contribution);
            assert_eq!(client.receive(offer, &mut OsRng).err(), Some(Abort::Mirrored));
        }
    }
}

#[test]
fn an_opening_that_echoes_the_co_signer_is_refused() {
    for scheme in Scheme::ALL {
        let pair = Pair::new(scheme);
        let Opened {
            mut co_signer,
            offer,
            mut opening,
            ..
        } = pair.open();
        opening.contribution = offer.contribution;
        // As if the client had known the offer when it committed.
        co_signer.commitment = co_signer.run.commit(&opening.contribution, &opening.salt);
        assert_eq!(co_signer.receive(opening, &mut OsRng).err(), Some(Abort::Mirrored));
    }
}

#[test]
fn an_ephemeral_on_the_other_curve_is_refused_on_either_side() {
    for scheme in Scheme::ALL {
        let other = Point::generator(scheme.other());
        let Offered { client, mut offer, .. } = Pair::new(scheme).start();
        offer.contribution.ephemeral = other;
        assert_eq!(client.receive(offer, &mut OsRng).err(), Some(Abort::OtherCurve));

        let Opened {
            mut co_signer,
            mut opening,
            ..
        } = Pair::new(scheme).open();
        opening.contribution.ephemeral = other;
        co_signer.commitment = co_signer.run.commit(&opening.contribution, &opening.salt);
        assert_eq!(co_signer.receive(opening, &mut OsRng).err(), Some(Abort::OtherCurve));
    }
}

#[test]
fn an_opening_without_a_proof_of_the_new_share_is_refused() {
    for scheme in Scheme::ALL {
        let pair = Pair::new(scheme);
        let forged: [fn(&Opened, &Pair) -> ProofOfKnowledge; 2] = [
            // Of the old share.
            |opened, pair| prove(opened, &pair.client, Role::Client),
            // As the co-signer.
            |opened, _| prove(opened, &opened.client.next, Role::CoSigner),
        ];
        for forge in forged {
            let mut opened = pair.open();
            opened.opening.proof = forge(&opened, &pair);
            let Opened { co_signer, opening, .. } = opened;
            assert_eq!(co_signer.receive(opening, &mut OsRng).err(), Some(Abort::WrongProof));
        }
        // The helper gives a proof that holds where nothing is forged.
        let mut opened = pair.open();
        opened.opening.proof = prove(&opened, &opened.client.next, Role::Client);
        let Opened { co_signer, opening, .. } = opened;
        assert!(co_signer.receive(opening, &mut OsRng).is_ok());
    }
}

fn prove(opened: &Opened, share: &Share, role: Role) -> ProofOfKnowledge {
    let Opened {
        co_signer,
        offer,
        opening,
        ..
    } = opened;
    let transcript = co_signer.run.transcript(
        &co_signer.commitment,
        &offer.contribution,
        &opening.contribution,
        &opening.salt,
    );
    let bound = bound_of(&opened.client.next, BINDING, &transcript);
    let statement = Statement {
        role,
        point: share.info().client,
        ..statement(&bound, share, role)
    };
    ProofOfKnowledge::prove(&statement, share.secret(), &mut OsRng).unwrap()
}

#[test]
fn a_co_signers_proof_of_the_old_share_or_of_the_clients_is_refused() {
    for scheme in Scheme::ALL {
        let pair = Pair::new(scheme);
        let Opened { client, opening, .. } = pair.open();
        let echoed = Proof { proof: opening.proof };
        assert_eq!(client.receive(echoed).err(), Some(Abort::WrongProof));

        let Opened { client, .. } = pair.open();
        let statement = statement(&client.seen, &pair.co_signer, Role::CoSigner);
        let proof = ProofOfKnowledge::prove(&statement, pair.co_signer.secret(), &mut OsRng).unwrap();
        assert_eq!(client.receive(Proof { proof }).err(), Some(Abort::WrongProof));
    }
}

/// Forget-and-forgive (ia.cr/2020/1052): who makes a peer forget its old share for a new one that
/// is none has destroyed the key. A refresh borrows the old share and gives a new one only when all
/// has been checked.
#[test]
fn a_lie_in_the_last_message_leaves_the_old_shares_as_they_were() {
    for scheme in Scheme::ALL {
        let pair = Pair::new(scheme);
        let before = [&pair.client, &pair.co_signer].map(|share| share.to_bytes());
        let Opened {
            client,
            co_signer,
            opening,
            ..
        } = pair.open();
        let (pending, honest) = co_signer.receive(opening, &mut OsRng).unwrap();
        let mut lie = honest;
        lie.proof = prove(&pair.open(), &pending, Role::CoSigner);
        assert_eq!(client.receive(lie).err(), Some(Abort::WrongProof));
        assert_eq!([&pair.client, &pair.co_signer].map(|share| share.to_bytes()), before);
        // They are refreshed as if nothing had been, into other shares than the co-signer holds as
        // pending.
        let next = pair.refresh();
        assert_eq!(next.sum(), pair.client.public_key());
        assert_ne!(next.co_signer.info().co_signer, pending.info().co_signer);
    }
}

#[test]
fn a_co_signers_proof_from_another_run_is_refused() {
    for scheme in Scheme::ALL {
        let pair = Pair::new(scheme);
        let Opened { client, .. } = pair.open();
        let Opened { co_signer, opening, .. } = pair.open();
        let (_, proof) = co_signer.receive(opening, &mut OsRng).unwrap();
        assert_eq!(client.receive(proof).err(), Some(Abort::WrongProof));
    }
}

/// Why a next share is refused: with δ = b where `swallow` says so, after `change`.
fn refused_next_share(
    scheme: Scheme,
    role: Role,
    swallow: bool,
    change: impl FnOnce(&mut Run, &Pair),
) -> Option<Abort> {
    let pair = Pair::new(scheme);
    let share = match role {
        Role::Client => &pair.client,
        Role::CoSigner => &pair.co_signer,
    };
    let mut run = Run::new(role, share, RUN, BINDING).unwrap();
    change(&mut run, &pair);
    let delta = if swallow {
        pair.client.secret().copy()
    } else {
        SecretScalar::random(scheme, &mut OsRng)
    };
    run.next_share(&delta).err()
}

#[test]
fn a_new_share_of_zero_is_refused_on_either_side() {
    for scheme in Scheme::ALL {
        // δ = b: the client's new share would be nothing, the co-signer's the whole key.
        assert_eq!(
            refused_next_share(scheme, Role::Client, true, |_, _| ()),
            Some(Abort::Degenerate)
        );
        assert_eq!(
            refused_next_share(scheme, Role::CoSigner, true, |_, _| ()),
            Some(Abort::Degenerate)
        );
        assert_eq!(refused_next_share(scheme, Role::Client, false, |_, _| ()), None);
    }
}

#[test]
fn a_secret_that_is_not_its_public_shares_is_noticed() {
    for scheme in Scheme::ALL {
        let abort = refused_next_share(scheme, Role::Client, false, |run, pair| {
            run.secret = pair.co_signer.secret().copy()
        });
        assert_eq!(abort, Some(Abort::Inconsistent));
    }
}

#[test]
fn a_key_that_would_change_is_noticed() {
    for scheme in Scheme::ALL {
        let abort = refused_next_share(scheme, Role::CoSigner, false, |run, _| {
            run.public_key = Point::generator(run.scheme())
        });
        assert_eq!(abort, Some(Abort::Inconsistent));
    }
}

#[test]
fn a_bit_flipped_in_any_message_is_refused() {
    for scheme in Scheme::ALL {
        let pair = Pair::new(scheme);
        let run = |wire: &mut FlippingWire| {
            let rng = &mut ChaCha20Rng::seed_from_u64(7);
            let (client, commitment) = client_start(&pair.client, RUN, BINDING, rng)?;
            let (co_signer, offer) = co_signer_start(&pair.co_signer, RUN, BINDING, wire.carry(1, commitment)?, rng)?;
            let (client, opening) = client.receive(wire.carry(2, offer)?, rng)?;
            let (_, proof) = co_signer.receive(wire.carry(3, opening)?, rng)?;
            client.receive(wire.carry(4, proof)?)
        };
        let refused_proof = refused_proof(scheme);
        assert_eq!(flip_every_bit(1, &[Abort::WrongOpening], run), 32);
        assert_eq!(flip_every_bit(2, &[Abort::WrongProof, MALFORMED], run), 65);
        assert_eq!(
            flip_every_bit(3, &[refused_proof, &[Abort::WrongOpening, MALFORMED]].concat(), run),
            162
        );
        assert_eq!(flip_every_bit(4, refused_proof, run), 65);
    }
}

/// Pins every tag, field order and length of the protocol: made by this code, to be changed with the version only.
#[test]
fn a_run_with_known_randomness_gives_known_values() {
    let expected = [
        (
            Scheme::EcdsaSecp256k1,
            [
                "aba424208b070f84ddef88767903b434faf01d7ce8f2928a1dee146364ece0dd",
                "58e28eea4e9b5d89c6a6a0a8827229f46a3e6561b9c8e49cd34b785cd11fc965",
                "036f76183c53755a97d81d65242ab23616b4f2fac58c6de4f77c5c398de90f2af8",
                "02df9ab08abb760cfe588b10de90005d804d11ddf20d48df4789831c7fa94c737d00cdc97e235ac7b6614b7dba5da7c931f7480c6225fc005305dc16a18776f34f",
            ],
        ),
        (
            Scheme::EddsaEd25519,
            [
                "ae20b3486ef5b11a10fec0877d9df5ffab6a77a72d3b9f7640f01f915bb5b1ed",
                "977a181d4e3bf766aaf05c1fec173b497af5ac2c27f086af3963db35dd39163e",
                "ed3ce912c126c423a61dd4c8e9bf1641ef37d7d9b679f80661502b2cb9f5d45d77",
                "ed59a05952e52e6ef7948b23c94140b7d25eec137e7f9e321bd593b637a18f0b0f08bcff3763e78c527d0b9b709567eee57000c726b9fec619f5cab78b42995e05",
            ],
        ),
    ];
    let mut made = Vec::new();
    for scheme in Scheme::ALL {
        let rng = &mut ChaCha20Rng::seed_from_u64(7);
        let (client, co_signer) = (SecretScalar::random(scheme, rng), SecretScalar::random(scheme, rng));
        let info = KeyInfo {
            wallet: WalletId([1; 16]),
            scheme,
            epoch: Epoch(4),
            key_id: [5; 32],
            chain_code: [6; 32],
            client: client.to_point(),
            co_signer: co_signer.to_point(),
        };
        let pair = Pair::with(client, co_signer, info);
        let (client, commitment) = client_start(&pair.client, RUN, BINDING, rng).unwrap();
        let (co_signer, offer) = co_signer_start(&pair.co_signer, RUN, BINDING, commitment.clone(), rng).unwrap();
        let (client, opening) = client.receive(offer, rng).unwrap();
        let (_, proof) = co_signer.receive(opening, rng).unwrap();
        let seen = client.seen;
        let next = client.receive(proof.clone()).unwrap();
        let values = [
            hex::encode(commitment.hash),
            hex::encode(seen),
            hex::encode(next.info().client.to_bytes()),
            hex::encode(proof.proof.to_bytes()),
        ];
        made.push((scheme, values));
    }
    let expected = expected.map(|(scheme, values)| (scheme, values.map(String::from)));
    assert_eq!(made, expected);
}
