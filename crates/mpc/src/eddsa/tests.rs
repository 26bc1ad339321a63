use ed25519_dalek::{Signature as Verified, VerifyingKey as Verifier};
use frost_ed25519::{Ciphersuite, Ed25519Sha512};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rand_core::OsRng;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::{
    Epoch, KeyInfo, Point, Scheme, WalletId,
    flip::{FlippingWire, flip_every_bit},
    refresh,
    scalar::SecretScalar,
    traps::lacks,
};

pub(super) const RUN: RunId = RunId([1; 16]);
pub(super) const MESSAGE: &[u8] = b"a transfer";

/// Both shares of one key.
pub(crate) struct Parties {
    pub(crate) client: Share,
    pub(super) co_signer: Share,
}

impl Parties {
    pub(crate) fn new() -> Self {
        Self::of(Scheme::EddsaEd25519)
    }

    fn of(scheme: Scheme) -> Self {
        let [client, co_signer] = [(); 2].map(|()| SecretScalar::random(scheme, &mut OsRng));
        let info = KeyInfo {
            wallet: WalletId([4; 16]),
            scheme,
            epoch: Epoch(3),
            key_id: [5; 32],
            chain_code: [6; 32],
            client: client.to_point(),
            co_signer: co_signer.to_point(),
        };
        let client = Share::new(Role::Client, client, info.clone()).unwrap();
        let co_signer = Share::new(Role::CoSigner, co_signer, info).unwrap();
        Self { client, co_signer }
    }

    pub(super) fn ask(&self, message: &[u8]) -> (ClientAwaitingAnswer, Query) {
        client_start(&self.client, RUN, message, &mut OsRng).unwrap()
    }

    pub(super) fn answer(&self, message: &[u8], query: &Query) -> Answer {
        co_signer_answer(&self.co_signer, RUN, message, query.clone(), &mut OsRng).unwrap()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        let (state, query) = self.ask(message);
        state.finish(self.answer(message, &query)).unwrap()
    }

    fn refresh(&self) -> Self {
        let binding = &[9; 32];
        let (client, commitment) = refresh::client_start(&self.client, RUN, binding, &mut OsRng).unwrap();
        let (co_signer, offer) =
            refresh::co_signer_start(&self.co_signer, RUN, binding, commitment, &mut OsRng).unwrap();
        let (client, opening) = client.receive(offer, &mut OsRng).unwrap();
        let (co_signer, proof) = co_signer.receive(opening, &mut OsRng).unwrap();
        Self {
            client: client.receive(proof).unwrap(),
            co_signer,
        }
    }

    fn secret(&self) -> Scalar {
        self.client.secret().ed25519().unwrap().expose() + self.co_signer.secret().ed25519().unwrap().expose()
    }
}

impl ClientAwaitingAnswer {
    /// What no caller can make: a second state of the same query.
    fn duplicate(&self) -> Self {
        Self {
            signer: Box::new(Signer {
                key: self.signer.key.clone(),
                nonces: self.signer.nonces.clone(),
            }),
            message: self.message.clone(),
        }
    }
}

fn assert_verifies(signature: &Signature, message: &[u8], public_key: &Point) {
    assert_eq!(signature.verify(public_key, message), Ok(()));
    let key = Verifier::from_bytes(&public_key.ed25519().unwrap().to_bytes()).unwrap();
    key.verify_strict(message, &Verified::from_bytes(&signature.0)).unwrap();
}

#[test]
fn many_signatures_verify_with_this_verifier_and_with_another_that_is_strict() {
    let mut nonce_points = std::collections::HashSet::new();
    for _ in 0..5 {
        let parties = Parties::new();
        for round in 0..10u8 {
            let message = [round; 40];
            let signature = parties.sign(&message);
            assert_verifies(&signature, &message, &parties.client.public_key());
            assert!(nonce_points.insert(signature.0[..32].to_vec()));
        }
    }
}

#[test]
fn messages_of_any_length_up_to_the_longest_are_signed() {
    let parties = Parties::new();
    for length in [0, 1, 32, 64, MAX_MESSAGE] {
        let message = vec![7; length];
        assert_verifies(&parties.sign(&message), &message, &parties.client.public_key());
    }
}

#[test]
fn too_long_a_message_is_refused_on_either_side() {
    let parties = Parties::new();
    let message = [7; MAX_MESSAGE + 1];
    let (_, query) = parties.ask(&message[..MAX_MESSAGE]);
    let started = client_start(&parties.client, RUN, &message, &mut OsRng);
    assert_eq!(started.err(), Some(Abort::Malformed("message")));
    let answered = co_signer_answer(&parties.co_signer, RUN, &message, query, &mut OsRng);
    assert_eq!(answered.err(), Some(Abort::Malformed("message")));
}

#[test]
fn messages_have_their_documented_lengths() {
    let parties = Parties::new();
    let (_, query) = parties.ask(MESSAGE);
    let answer = parties.answer(MESSAGE, &query);
    let (query, answer) = (borsh::to_vec(&query).unwrap(), borsh::to_vec(&answer).unwrap());
    assert_eq!((query.len(), answer.len()), (96, 96));
    for length in [0, 32, 64, 95] {
        assert!(borsh::from_slice::<Query>(&query[..length]).is_err());
        assert!(borsh::from_slice::<Answer>(&answer[..length]).is_err());
    }
    assert!(borsh::from_slice::<Query>(&[&query[..], &[0]].concat()).is_err());
    assert!(borsh::from_slice::<Answer>(&[&answer[..], &[0]].concat()).is_err());
}

/// The coefficients of Lagrange at the identifiers 1 and 2 are 2 and −1.
#[test]
fn the_frost_shares_make_up_the_key() {
    let parties = Parties::new();
    let [ours, theirs] = [&parties.client, &parties.co_signer].map(|share| {
        let encoded = Signer::new(share, &[], &mut OsRng)
            .unwrap()
            .key
            .signing_share()
            .serialize();
        Scalar::from_canonical_bytes(encoded.try_into().unwrap()).unwrap()
    });
    assert_eq!(Scalar::from(2u8) * ours - theirs, parties.secret());
    assert_eq!(
        identifier(Role::Client),
        Identifier::try_from(1).map_err(|_| Abort::Inconsistent)
    );
    assert_eq!(
        identifier(Role::CoSigner),
        Identifier::try_from(2).map_err(|_| Abort::Inconsistent)
    );
}

#[test]
fn refreshed_shares_sign_under_the_same_key_and_not_with_old_ones() {
    let old = Parties::new();
    let new = old.refresh();
    let key = old.client.public_key();
    assert_eq!(new.client.public_key(), key);
    assert_verifies(&new.sign(MESSAGE), MESSAGE, &key);

    for (client, co_signer) in [(&old.client, &new.co_signer), (&new.client, &old.co_signer)] {
        let (_, query) = client_start(client, RUN, MESSAGE, &mut OsRng).unwrap();
        let answered = co_signer_answer(co_signer, RUN, MESSAGE, query, &mut OsRng);
        assert_eq!(answered.err(), Some(Abort::OtherContext));
    }
}

#[test]
fn a_share_of_the_other_role_is_refused() {
    let parties = Parties::new();
    let started = client_start(&parties.co_signer, RUN, MESSAGE, &mut OsRng);
    assert_eq!(started.err(), Some(Abort::WrongRole));
    let (_, query) = parties.ask(MESSAGE);
    let answered = co_signer_answer(&parties.client, RUN, MESSAGE, query, &mut OsRng);
    assert_eq!(answered.err(), Some(Abort::WrongRole));
}

#[test]
fn a_share_of_the_other_scheme_is_refused() {
    let other = Parties::of(Scheme::EcdsaSecp256k1);
    let started = client_start(&other.client, RUN, MESSAGE, &mut OsRng);
    assert_eq!(started.err(), Some(Abort::OtherCurve));
    let (_, mut query) = Parties::new().ask(MESSAGE);
    query.context = context(RUN, &other.co_signer, MESSAGE).unwrap();
    let answered = co_signer_answer(&other.co_signer, RUN, MESSAGE, query, &mut OsRng);
    assert_eq!(answered.err(), Some(Abort::OtherCurve));
}

#[test]
fn a_query_about_anything_else_is_refused_by_name() {
    let parties = Parties::new();
    let (_, query) = parties.ask(MESSAGE);
    let refused = |share: &Share, run, message: &[u8]| {
        let abort = co_signer_answer(share, run, message, query.clone(), &mut OsRng).err();
        assert_eq!(abort, Some(Abort::OtherContext));
    };
    let share = &parties.co_signer;
    refused(share, RunId([2; 16]), MESSAGE);
    refused(share, RUN, b"another transfer");
    refused(share, RUN, b"");
    refused(&Parties::new().co_signer, RUN, MESSAGE);
    let labels: [fn(&mut KeyInfo); 5] = [
        |info| info.wallet = WalletId([9; 16]),
        |info| info.epoch = Epoch(4),
        |info| info.key_id = [9; 32],
        |info| info.chain_code = [9; 32],
        |info| info.client = Point::generator(Scheme::EddsaEd25519),
    ];
    for label in labels {
        let mut info = share.info().clone();
        label(&mut info);
        let relabelled = Share::new(Role::CoSigner, share.secret().copy(), info).unwrap();
        refused(&relabelled, RUN, MESSAGE);
    }
    parties.answer(MESSAGE, &query);
}

#[test]
fn nonces_are_new_in_each_query_and_in_each_answer_to_one() {
    let parties = Parties::new();
    let mut seen = std::collections::HashSet::new();
    let (_, same) = parties.ask(MESSAGE);
    for _ in 0..10 {
        let (_, query) = parties.ask(MESSAGE);
        let answer = parties.answer(MESSAGE, &same);
        for commitments in [query.commitments, answer.commitments] {
            assert!(seen.insert(commitments.hiding) && seen.insert(commitments.binding));
        }
    }
}

#[test]
fn an_answer_to_another_query_is_refused() {
    let parties = Parties::new();
    let (first, first_query) = parties.ask(MESSAGE);
    let (second, second_query) = parties.ask(MESSAGE);
    let [to_first, to_second] = [first_query, second_query].map(|query| parties.answer(MESSAGE, &query));
    assert_eq!(first.finish(to_second), Err(Abort::WrongSignature));
    assert_eq!(second.finish(to_first), Err(Abort::WrongSignature));
}

#[test]
fn commitments_that_mirror_the_clients_are_refused() {
    let parties = Parties::new();
    let (state, query) = parties.ask(MESSAGE);
    let answer = parties.answer(MESSAGE, &query);
    type Lie<'a> = (Abort, &'a dyn Fn(&mut Commitments));
    let lies: [Lie<'_>; 4] = [
        (Abort::Mirrored, &|theirs| *theirs = query.commitments.clone()),
        (Abort::Mirrored, &|theirs| theirs.hiding = query.commitments.hiding),
        (Abort::Mirrored, &|theirs| theirs.binding = query.commitments.binding),
        // Crosswise they are no mirror image, and no signature either.
        (Abort::WrongSignature, &|theirs| {
            theirs.hiding = query.commitments.binding
        }),
    ];
    for (abort, lie) in lies {
        let mut lied = answer.clone();
        lie(&mut lied.commitments);
        assert_eq!(state.duplicate().finish(lied), Err(abort));
    }
    assert!(state.finish(answer).is_ok());
}

#[test]
fn points_of_small_or_mixed_order_and_scalars_out_of_range_are_refused() {
    let parties = Parties::new();
    let (state, query) = parties.ask(MESSAGE);
    let answer = parties.answer(MESSAGE, &query);
    let torsion = curve25519_dalek::constants::EIGHT_TORSION;
    let generator = curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
    let bad = [torsion[0], torsion[1], torsion[4], generator + torsion[4]].map(|point| point.compress().to_bytes());
    for bad in bad {
        let places: [fn(&mut Commitments) -> &mut [u8; 32]; 2] = [
            |commitments| &mut commitments.hiding.0,
            |commitments| &mut commitments.binding.0,
        ];
        for place in places {
            let (mut lied_query, mut lied_answer) = (query.clone(), answer.clone());
            *place(&mut lied_query.commitments) = bad;
            *place(&mut lied_answer.commitments) = bad;
            let answered = co_signer_answer(&parties.co_signer, RUN, MESSAGE, lied_query, &mut OsRng);
            assert_eq!(answered.err(), Some(Abort::Malformed("point")));
            assert_eq!(state.duplicate().finish(lied_answer), Err(Abort::Malformed("point")));
        }
    }
    let mut order = (-Scalar::ONE).to_bytes();
    order[0] += 1;
    for (share, abort) in [
        (order, Abort::Malformed("scalar")),
        ([0xff; 32], Abort::Malformed("scalar")),
        ([0; 32], Abort::WrongSignature),
    ] {
        let lied = Answer {
            share: UnreadScalar(share),
            ..answer.clone()
        };
        assert_eq!(state.duplicate().finish(lied), Err(abort));
    }
}

/// A co-signer that keeps to the protocol with another secret than the key's.
#[test]
fn another_secret_of_the_co_signer_gives_no_signature() {
    let (mut parties, other) = (Parties::new(), Parties::new());
    let (state, mut query) = parties.ask(MESSAGE);
    parties.co_signer = other.co_signer;
    query.context = context(RUN, &parties.co_signer, MESSAGE).unwrap();
    assert_eq!(
        state.finish(parties.answer(MESSAGE, &query)),
        Err(Abort::WrongSignature)
    );
}

#[test]
fn a_bit_flipped_in_either_message_ends_the_run() {
    let parties = Parties::new();
    let run = |wire: &mut FlippingWire| {
        let rng = &mut ChaCha20Rng::seed_from_u64(7);
        let (state, query) = client_start(&parties.client, RUN, MESSAGE, rng)?;
        let answer = co_signer_answer(&parties.co_signer, RUN, MESSAGE, wire.carry(1, query)?, rng)?;
        state.finish(wire.carry(2, answer)?)
    };
    let point = Abort::Malformed("point");
    assert_eq!(
        flip_every_bit(1, &[Abort::OtherContext, point, Abort::WrongSignature], run),
        96
    );
    let scalar = Abort::Malformed("scalar");
    assert_eq!(flip_every_bit(2, &[point, scalar, Abort::WrongSignature], run), 96);
}

#[test]
fn a_signature_that_is_not_quite_right_does_not_verify() {
    let parties = Parties::new();
    let (signature, key) = (parties.sign(MESSAGE), parties.client.public_key());
    for bit in 0..512 {
        let mut flipped = signature;
        flipped.0[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(flipped.verify(&key, MESSAGE), Err(Abort::WrongSignature), "{bit}");
    }
    // S plus the order: the same signature to a verifier that does not look, another to anybody who keeps a list.
    let mut malleated = signature;
    let mut carry = 0;
    let mut order = (-Scalar::ONE).to_bytes();
    order[0] += 1;
    for (byte, other) in malleated.0[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(other) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    assert_eq!(malleated.verify(&key, MESSAGE), Err(Abort::WrongSignature));
    assert_eq!(signature.verify(&key, b"another"), Err(Abort::WrongSignature));
    let others = Parties::new().client.public_key();
    assert_eq!(signature.verify(&others, MESSAGE), Err(Abort::WrongSignature));
    let secp256k1 = Point::generator(Scheme::EcdsaSecp256k1);
    assert_eq!(signature.verify(&secp256k1, MESSAGE), Err(Abort::OtherCurve));
    assert_eq!(signature.verify(&key, MESSAGE), Ok(()));
}

/// What a co-signer knows of a signature: the client's half z = d + ρe + c·b, and of it ρ and c.
pub(super) fn observe(
    parties: &Parties,
    message: &[u8],
    query: &Query,
    answer: &Answer,
    signature: &Signature,
) -> [Scalar; 3] {
    observed_by(Role::CoSigner, parties, message, query, answer, signature)
}

/// What a party knows of a signature: the peer's half, and of it ρ and c.
pub(super) fn observed_by(
    party: Role,
    parties: &Parties,
    message: &[u8],
    query: &Query,
    answer: &Answer,
    signature: &Signature,
) -> [Scalar; 3] {
    let scalar = |bytes: &[u8]| Scalar::from_canonical_bytes(bytes.try_into().unwrap()).unwrap();
    let [client, co_signer] = [&query.commitments, &answer.commitments].map(|commitments| commitments.read().unwrap());
    let public_key = parties.client.public_key().ed25519().unwrap().to_bytes();
    let verifying_key = VerifyingKey::deserialize(&public_key).unwrap();
    let package = package(client, co_signer, message).unwrap();
    let preimages = package.binding_factor_preimages(&verifying_key, &[]).unwrap();
    // RFC 9591 §4.4 and §4.6, for identifier 1 or 2.
    let (whole, theirs) = (scalar(&signature.0[32..]), scalar(&answer.share.0));
    let (preimage, half) = match party {
        Role::CoSigner => (&preimages[0].1, whole - theirs),
        Role::Client => (&preimages[1].1, theirs),
    };
    let binding = Ed25519Sha512::H1(preimage);
    let challenge = Ed25519Sha512::H2(&[&signature.0[..32], &public_key, message].concat());
    [half, binding, challenge]
}

/// Solves three halves for the secret, as if they had one pair of nonces, d and e.
pub(super) fn solve([[z1, r1, c1], [z2, r2, c2], [z3, r3, c3]]: [[Scalar; 3]; 3]) -> Scalar {
    let (z2, r2, c2, z3, r3, c3) = (z2 - z1, r2 - r1, c2 - c1, z3 - z1, r3 - r1, c3 - c1);
    (z2 * r3 - z3 * r2) * (c2 * r3 - c3 * r2).invert()
}

/// T2. FROST has two nonces, so it takes a third answer where ECDSA takes a second.
#[test]
fn t2_a_query_finished_three_times_gives_the_clients_share_and_three_queries_do_not() {
    let parties = Parties::new();
    let secret = *parties.client.secret().ed25519().unwrap().expose();
    let (state, query) = parties.ask(MESSAGE);
    // What the types forbid: more than one state of one query.
    let thrice = [(); 3].map(|()| {
        let answer = parties.answer(MESSAGE, &query);
        let signature = state.duplicate().finish(answer.clone()).unwrap();
        observe(&parties, MESSAGE, &query, &answer, &signature)
    });
    assert_eq!(solve(thrice), secret);

    let once_each = [(); 3].map(|()| {
        let (state, query) = parties.ask(MESSAGE);
        let answer = parties.answer(MESSAGE, &query);
        let signature = state.finish(answer.clone()).unwrap();
        observe(&parties, MESSAGE, &query, &answer, &signature)
    });
    assert_ne!(solve(once_each), secret);
}

#[test]
fn t2_the_state_that_finishes_is_neither_cloned_nor_stored() {
    lacks!(ClientAwaitingAnswer: Clone, core::fmt::Debug, BorshSerialize, BorshDeserialize);
}

/// Pins the context, the order of fields and the mapping of shares: made by this code, to be changed with the version only.
#[test]
fn a_run_with_known_randomness_gives_known_values() {
    let rng = &mut ChaCha20Rng::seed_from_u64(7);
    let [client, co_signer] = [(); 2].map(|()| SecretScalar::random(Scheme::EddsaEd25519, rng));
    let info = KeyInfo {
        wallet: WalletId([4; 16]),
        scheme: Scheme::EddsaEd25519,
        epoch: Epoch(3),
        key_id: [5; 32],
        chain_code: [6; 32],
        client: client.to_point(),
        co_signer: co_signer.to_point(),
    };
    let client = Share::new(Role::Client, client, info.clone()).unwrap();
    let co_signer = Share::new(Role::CoSigner, co_signer, info).unwrap();
    let (state, query) = client_start(&client, RUN, MESSAGE, rng).unwrap();
    let context = query.context;
    let answer = co_signer_answer(&co_signer, RUN, MESSAGE, query, rng).unwrap();
    let signature = state.finish(answer).unwrap();
    assert_verifies(&signature, MESSAGE, &client.public_key());
    assert_eq!(
        [hex::encode(context), hex::encode(signature.0)],
        [
            "21566a262f233040570703d1ec9a6fa88694f5fbc094b8630c51d9c2827be42e",
            "93b0aa47e1020d894004293314135ddf8287f7f851f7b260f12247c840a53ad6de03309bbf277e1eebac68643659e2f2b2e19d2e8d1e52e2cdb4fd79cbd55304"
        ]
    );
}
