use std::collections::HashSet;

use k256::ecdsa::{RecoveryId, VerifyingKey, signature::hazmat::PrehashVerifier};
use rand_core::{OsRng, RngCore};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::{
    Epoch, KeyInfo, Scheme, WalletId,
    pairing::tests::{flip, pair},
    traps::{self, Trap},
};

/// Everything two parties need to sign.
pub(super) struct Parties {
    pub(super) client: Share,
    pub(super) co_signer: Share,
    pub(super) client_pairing: ClientPairing,
    pub(super) co_signer_pairing: CoSignerPairing,
}

impl Parties {
    pub(super) fn new() -> Self {
        let (client_pairing, co_signer_pairing) = pair();
        let (client, co_signer) = shares(|_| ());
        Self {
            client,
            co_signer,
            client_pairing,
            co_signer_pairing,
        }
    }

    pub(super) fn ask(&self, run: RunId, digest: Digest) -> (ClientAwaitingAnswer, Query) {
        client_start(
            &self.client,
            &Path::root(),
            &self.client_pairing,
            run,
            digest,
            &mut OsRng,
        )
        .unwrap()
    }

    pub(super) fn answer(&self, run: RunId, digest: Digest, query: &Query) -> Result<Answer, Abort> {
        co_signer_answer(
            &self.co_signer,
            &Path::root(),
            &self.co_signer_pairing,
            run,
            digest,
            query.clone(),
            &mut OsRng,
        )
    }

    /// Whether `a` is the co-signer's secret.
    pub(super) fn is_co_signer_secret(&self, a: &Scalar) -> bool {
        self.co_signer.secret().secp256k1().unwrap().expose() == a
    }

    /// Whether `b` is the client's secret.
    pub(super) fn is_client_secret(&self, b: &Scalar) -> bool {
        self.client.secret().secp256k1().unwrap().expose() == b
    }
}

impl ClientAwaitingAnswer {
    /// What no caller can make: a second state of the same query.
    pub(super) fn duplicate(&self) -> Self {
        Self {
            digest: self.digest,
            public_key: self.public_key,
            asked: self.asked.duplicate(),
            nonce: SecretScalar::from_bytes(&self.nonce.to_bytes()).unwrap(),
            nonce_point: self.nonce_point,
            receivers: self.receivers.each_ref().map(Receiver::duplicate),
        }
    }
}

/// Two shares of a fresh key.
fn shares(change: impl Fn(&mut KeyInfo)) -> (Share, Share) {
    let [b, a] = [(); 2].map(|()| scalar::SecretScalar::random(Scheme::EcdsaSecp256k1, &mut OsRng));
    let mut info = KeyInfo {
        wallet: WalletId([4; 16]),
        scheme: Scheme::EcdsaSecp256k1,
        epoch: Epoch(3),
        key_id: [5; 32],
        chain_code: [6; 32],
        client: b.to_point(),
        co_signer: a.to_point(),
    };
    change(&mut info);
    let client = Share::new(Role::Client, b, info.clone()).unwrap();
    (client, Share::new(Role::CoSigner, a, info).unwrap())
}

/// The same secret under other public data.
fn relabelled(share: &Share, change: impl Fn(&mut KeyInfo)) -> Share {
    let mut info = share.info().clone();
    change(&mut info);
    Share::new(share.role(), share.secret().copy(), info).unwrap()
}

pub(super) fn digest() -> Digest {
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    Digest(bytes)
}

fn assert_verifies(signature: &Signature, digest: &Digest, public_key: &crate::Point) {
    let key = VerifyingKey::from_sec1_bytes(&public_key.secp256k1().unwrap().to_bytes()).unwrap();
    let theirs = k256::ecdsa::Signature::from_scalars(signature.r, signature.s).unwrap();
    assert_eq!(theirs.normalize_s(), None, "high s");
    key.verify_prehash(&digest.0, &theirs).unwrap();
    let id = RecoveryId::from_byte(signature.recovery_id).unwrap();
    assert_eq!(VerifyingKey::recover_from_prehash(&digest.0, &theirs, id).unwrap(), key);
    assert_eq!(signature.verify(public_key, digest), Ok(()));
}

/// 200, or 10,000 where `CLAIMKIT_LONG` is set.
#[test]
fn many_signatures_verify_and_recover() {
    let count = match std::env::var_os("CLAIMKIT_LONG") {
        Some(_) => 10_000,
        None => 200,
    };
    let parties = Parties::new();
    let mut seen = HashSet::new();
    for _ in 0..count {
        let (run, digest) = (RunId::random(&mut OsRng), digest());
        let (state, query) = parties.ask(run, digest);
        let answer = parties.answer(run, digest, &query).unwrap();
        let signature = state.finish(answer).unwrap();
        assert_verifies(&signature, &digest, &parties.client.public_key());
        assert!(seen.insert(signature.r));
    }
}

#[test]
fn digests_at_the_edges_are_signed() {
    let parties = Parties::new();
    // Zero, one, q − 1, q and 2²⁵⁶ − 1: a digest is reduced, never refused.
    let mut order = (-Scalar::ONE).to_bytes();
    let mut one = [0; 32];
    one[31] = 1;
    let below = Digest(order.into());
    order[31] += 1;
    for digest in [
        Digest([0; 32]),
        Digest(one),
        below,
        Digest(order.into()),
        Digest([0xff; 32]),
    ] {
        let run = RunId([1; 16]);
        let (state, query) = parties.ask(run, digest);
        let signature = state.finish(parties.answer(run, digest, &query).unwrap()).unwrap();
        assert_verifies(&signature, &digest, &parties.client.public_key());
    }
}

#[test]
fn one_pairing_serves_several_keys_at_once() {
    let parties = Parties::new();
    let (other_client, other_co_signer) = shares(|info| info.wallet = WalletId([9; 16]));
    let (run, digest) = (RunId([1; 16]), digest());
    let (state, query) = parties.ask(run, digest);
    let (other_state, other_query) = client_start(
        &other_client,
        &Path::root(),
        &parties.client_pairing,
        run,
        digest,
        &mut OsRng,
    )
    .unwrap();
    let answer = parties.answer(run, digest, &query).unwrap();
    let pairing = &parties.co_signer_pairing;
    let other_answer = co_signer_answer(
        &other_co_signer,
        &Path::root(),
        pairing,
        run,
        digest,
        other_query,
        &mut OsRng,
    )
    .unwrap();
    let signature = other_state.finish(other_answer).unwrap();
    assert_verifies(&signature, &digest, &other_client.public_key());
    assert_verifies(&state.finish(answer).unwrap(), &digest, &parties.client.public_key());
}

#[test]
fn a_pairing_read_back_signs() {
    let mut parties = Parties::new();
    parties.client_pairing = ClientPairing::from_bytes(&parties.client_pairing.to_bytes()).unwrap();
    parties.co_signer_pairing = CoSignerPairing::from_bytes(&parties.co_signer_pairing.to_bytes()).unwrap();
    let (run, digest) = (RunId([1; 16]), digest());
    let (state, query) = parties.ask(run, digest);
    let answer = parties.answer(run, digest, &query).unwrap();
    assert_verifies(&state.finish(answer).unwrap(), &digest, &parties.client.public_key());
}

#[test]
fn messages_have_their_documented_lengths() {
    let parties = Parties::new();
    let (run, digest) = (RunId([1; 16]), digest());
    let (_, query) = parties.ask(run, digest);
    let answer = parties.answer(run, digest, &query).unwrap();
    let (query, answer) = (borsh::to_vec(&query).unwrap(), borsh::to_vec(&answer).unwrap());
    assert_eq!((query.len(), answer.len()), (4305, 66_882));
    for length in [0, 1, 32, 64, 97, 4304] {
        assert!(borsh::from_slice::<Query>(&query[..length]).is_err());
    }
    for length in [0, 32, 65, 130, 40_066, 66_690, 66_881] {
        assert!(borsh::from_slice::<Answer>(&answer[..length]).is_err());
    }
    assert!(borsh::from_slice::<Query>(&[&query[..], &[0]].concat()).is_err());
    assert!(borsh::from_slice::<Answer>(&[&answer[..], &[0]].concat()).is_err());
}

#[test]
fn the_identity_and_scalars_of_q_or_more_do_not_parse() {
    let parties = Parties::new();
    let (run, digest) = (RunId([1; 16]), digest());
    let (state, query) = parties.ask(run, digest);
    let answer = borsh::to_vec(&parties.answer(run, digest, &query).unwrap()).unwrap();
    let query = borsh::to_vec(&query).unwrap();
    let with = |bytes: &[u8], place: usize, length: usize, value: u8| {
        let mut bytes = bytes.to_vec();
        bytes[place..place + length].fill(value);
        bytes
    };
    assert!(borsh::from_slice::<Query>(&with(&query, 64, 33, 0)).is_err());
    for place in [4241, 4273] {
        assert!(borsh::from_slice::<Query>(&with(&query, place, 32, 0xff)).is_err());
    }
    assert!(borsh::from_slice::<Answer>(&with(&answer, 32, 33, 0)).is_err());
    // The first and last of both products, both sums, both masked values.
    for place in [130, 40_034, 40_066, 66_658, 66_690, 66_754, 66_818, 66_850] {
        assert!(borsh::from_slice::<Answer>(&with(&answer, place, 32, 0xff)).is_err());
    }
    // The proof's two fields parse whatever they are, and are refused where they are checked.
    for (place, length, value, abort) in [
        (65, 33, 0, Abort::WrongProof),
        (98, 32, 0xff, Abort::Malformed("scalar")),
    ] {
        let answer = borsh::from_slice(&with(&answer, place, length, value)).unwrap();
        assert_eq!(state.duplicate().finish(answer), Err(abort));
    }
}

#[test]
fn a_share_of_the_other_role_is_refused() {
    let parties = Parties::new();
    let (run, digest) = (RunId([1; 16]), digest());
    let started = client_start(
        &parties.co_signer,
        &Path::root(),
        &parties.client_pairing,
        run,
        digest,
        &mut OsRng,
    );
    assert_eq!(started.err(), Some(Abort::WrongRole));
    let (_, query) = parties.ask(run, digest);
    let pairing = &parties.co_signer_pairing;
    let answered = co_signer_answer(&parties.client, &Path::root(), pairing, run, digest, query, &mut OsRng);
    assert_eq!(answered.err(), Some(Abort::WrongRole));
}

#[test]
fn a_share_of_the_other_scheme_is_refused() {
    let parties = Parties::new();
    let (run, digest) = (RunId([1; 16]), digest());
    let (_, query) = parties.ask(run, digest);
    let [b, a] = [(); 2].map(|()| scalar::SecretScalar::random(Scheme::EddsaEd25519, &mut OsRng));
    let info = KeyInfo {
        scheme: Scheme::EddsaEd25519,
        client: b.to_point(),
        co_signer: a.to_point(),
        ..parties.client.info().clone()
    };
    let client = Share::new(Role::Client, b, info.clone()).unwrap();
    let co_signer = Share::new(Role::CoSigner, a, info).unwrap();
    let root = Path::root();
    let started = client_start(&client, &root, &parties.client_pairing, run, digest, &mut OsRng);
    assert_eq!(started.err(), Some(Abort::OtherCurve));
    let pairing = &parties.co_signer_pairing;
    let answered = co_signer_answer(&co_signer, &root, pairing, run, digest, query, &mut OsRng);
    assert_eq!(answered.err(), Some(Abort::OtherCurve));
}

#[test]
fn a_query_about_anything_else_is_refused_by_name() {
    let parties = Parties::new();
    let (run, digest) = (RunId([1; 16]), digest());
    let (_, query) = parties.ask(run, digest);
    let refused = |share: &Share, pairing: &CoSignerPairing, run, digest| {
        let abort = co_signer_answer(share, &Path::root(), pairing, run, digest, query.clone(), &mut OsRng).err();
        assert_eq!(abort, Some(Abort::OtherContext));
        assert!(!Abort::OtherContext.burns_pairing());
    };
    let (share, pairing) = (&parties.co_signer, &parties.co_signer_pairing);
    refused(share, pairing, RunId([2; 16]), digest);
    refused(share, pairing, run, Digest([0; 32]));
    refused(share, &pair().1, run, digest);
    refused(&shares(|_| ()).1, pairing, run, digest);
    let labels: [fn(&mut KeyInfo); 5] = [
        |info| info.wallet = WalletId([9; 16]),
        |info| info.epoch = Epoch(4),
        |info| info.key_id = [9; 32],
        |info| info.chain_code = [9; 32],
        |info| info.client = crate::Point::generator(Scheme::EcdsaSecp256k1),
    ];
    for label in labels {
        refused(&relabelled(share, label), pairing, run, digest);
    }
    assert!(parties.answer(run, digest, &query).is_ok());
}

/// Who writes to where a share is kept can give it another A, and with it another X: nothing in the
/// share says which is right. A co-signer that knows the key refuses by name; what keeps the share
/// from being changed at all is the seal that it lies under.
#[test]
fn a_share_with_another_public_share_of_the_peer_signs_nothing() {
    let parties = Parties::new();
    let (run, digest) = (RunId([1; 16]), digest());
    let (stranger, _) = shares(|_| ());
    let mut bytes = parties.client.to_bytes().to_vec();
    let place = bytes.len() - 33;
    bytes[place..].copy_from_slice(&stranger.info().co_signer.to_bytes());
    let replaced = Share::from_bytes(&bytes).unwrap();
    assert_ne!(replaced.public_key(), parties.client.public_key());
    let started = client_start(
        &replaced,
        &Path::root(),
        &parties.client_pairing,
        run,
        digest,
        &mut OsRng,
    );
    let (_, query) = started.unwrap();
    assert_eq!(parties.answer(run, digest, &query).err(), Some(Abort::OtherContext));
}

#[test]
fn a_pairing_of_the_same_name_but_other_secrets_burns() {
    let mut parties = Parties::new();
    let name = parties.client_pairing.id();
    let mut bytes = pair().1.to_bytes();
    bytes[2..18].copy_from_slice(&name.0);
    parties.co_signer_pairing = CoSignerPairing::from_bytes(&bytes).unwrap();
    let (run, digest) = (RunId([1; 16]), digest());
    let (_, query) = parties.ask(run, digest);
    let abort = parties.answer(run, digest, &query).err();
    assert_eq!(abort, Some(Abort::WrongExtension));
    assert!(Abort::WrongExtension.burns_pairing());
}

#[test]
fn an_answer_to_another_query_is_refused() {
    let parties = Parties::new();
    let (run, digest) = (RunId([1; 16]), digest());
    let (first, first_query) = parties.ask(run, digest);
    let (second, second_query) = parties.ask(run, digest);
    let answer_to_first = parties.answer(run, digest, &first_query).unwrap();
    let answer_to_second = parties.answer(run, digest, &second_query).unwrap();
    assert_eq!(first.finish(answer_to_second), Err(Abort::WrongProof));
    assert_eq!(second.finish(answer_to_first), Err(Abort::WrongProof));
}

/// Each part of an answer may be taken from another answer to the same query: it fits nothing else there.
#[test]
fn each_lie_in_an_answer_has_its_abort() {
    let parties = Parties::new();
    let (run, digest) = (RunId([1; 16]), digest());
    let (state, query) = parties.ask(run, digest);
    let answer = parties.answer(run, digest, &query).unwrap();
    let other = parties.answer(run, digest, &query).unwrap();
    let increased = |value: &secp256k1::Scalar| secp256k1::Scalar::new(value.get() + Scalar::ONE);
    type Lie<'a> = (Abort, &'a dyn Fn(&mut Answer));
    let lies: [Lie<'_>; 12] = [
        (Abort::WrongProof, &|answer| answer.salt[0] ^= 1),
        (Abort::WrongProof, &|answer| answer.salt = other.salt),
        (Abort::WrongProof, &|answer| answer.unmoved = other.unmoved),
        (Abort::WrongProof, &|answer| answer.unmoved = Point::GENERATOR),
        (Abort::WrongProof, &|answer| answer.proof = other.proof.clone()),
        (Abort::WrongProduct, &|answer| {
            answer.nonce_product = other.nonce_product.clone()
        }),
        (Abort::WrongProduct, &|answer| {
            answer.key_product = other.key_product.clone()
        }),
        (Abort::WrongProduct, &|answer| answer.checks = other.checks.clone()),
        (Abort::WrongProduct, &|answer| answer.checks.swap(0, 1)),
        (Abort::WrongSignature, &|answer| {
            answer.masked_pad = increased(&answer.masked_pad)
        }),
        (Abort::WrongSignature, &|answer| {
            answer.masked_signature = increased(&answer.masked_signature);
        }),
        (Abort::WrongSignature, &|answer| {
            answer.masked_signature = secp256k1::Scalar::new(Scalar::ZERO);
        }),
    ];
    for (at, (abort, lie)) in lies.into_iter().enumerate() {
        let mut lied = answer.clone();
        lie(&mut lied);
        assert_eq!(state.duplicate().finish(lied), Err(abort), "lie {at}");
    }
    assert!(state.finish(answer).is_ok());
}

#[test]
fn a_query_under_a_forged_context_fails_the_first_check_of_its_session() {
    let mut parties = Parties::new();
    let (run, digest) = (RunId([1; 16]), digest());
    let (_, mut query) = parties.ask(run, digest);
    parties.co_signer = shares(|_| ()).1;
    query.context = context(parties.co_signer_pairing.id(), run, &parties.co_signer, &digest);
    assert_eq!(parties.answer(run, digest, &query).err(), Some(Abort::WrongExtension));
}

/// A co-signer that keeps to the protocol, of which every check holds, with another secret than the key's.
#[test]
fn another_secret_of_the_co_signer_gives_no_signature() {
    let mut parties = Parties::new();
    let (run, digest) = (RunId([1; 16]), digest());
    let key = parties.client.public_key();
    let other = scalar::SecretScalar::random(Scheme::EcdsaSecp256k1, &mut OsRng);
    parties.client = relabelled(&parties.client, |info| info.co_signer = other.to_point());
    parties.co_signer = Share::new(Role::CoSigner, other, parties.client.info().clone()).unwrap();
    let (mut state, query) = parties.ask(run, digest);
    let answer = parties.answer(run, digest, &query).unwrap();
    assert!(state.duplicate().finish(answer.clone()).is_ok());
    // The client knows the key that it signs under; all else it was told alike.
    state.public_key = *key.secp256k1().unwrap();
    assert_eq!(state.finish(answer), Err(Abort::WrongSignature));
}

/// A client that asks with other inputs than 1/k_B and b/k_B learns nothing that it could sign with.
#[test]
fn corrections_that_do_not_fit_give_no_signature() {
    let parties = Parties::new();
    let (run, digest) = (RunId([1; 16]), digest());
    for at in 0..2 {
        let (mut state, mut query) = parties.ask(run, digest);
        query.corrections[at] = secp256k1::Scalar::new(query.corrections[at].get() + Scalar::ONE);
        let sid = session_id(&query.context, &query.nonce);
        state.asked = Asked::new(&sid, &query).unwrap();
        let answer = parties.answer(run, digest, &query).unwrap();
        assert_eq!(state.finish(answer), Err(Abort::WrongSignature));
    }
}

/// The abort that a query with a flipped bit ends in, on whichever side.
fn outcome_of_query(parties: &Parties, run: RunId, digest: Digest, bit: usize) -> Option<Abort> {
    let (state, query) = parties.ask(run, digest);
    let Some(query) = flip(&query, bit) else {
        return Some(Abort::Malformed("message"));
    };
    match parties.answer(run, digest, &query) {
        Ok(answer) => state.finish(answer).err(),
        Err(abort) => Some(abort),
    }
}

#[test]
fn a_bit_flipped_in_a_query_ends_the_run() {
    let parties = Parties::new();
    let (run, digest) = (RunId([1; 16]), digest());
    let sampled = (0..97 * 8).step_by(5).chain((97 * 8..4193 * 8).step_by(1009));
    for bit in sampled.chain((4193 * 8..4305 * 8).step_by(7)) {
        let expected: &[Abort] = match bit / 8 {
            0..32 => &[Abort::OtherContext],
            32..64 => &[Abort::WrongExtension],
            64..97 => &[Abort::Malformed("message"), Abort::WrongProof],
            97..4241 => &[Abort::WrongExtension],
            _ => &[Abort::Malformed("message"), Abort::WrongProof],
        };
        let outcome = outcome_of_query(&parties, run, digest, bit);
        assert!(
            outcome.is_some_and(|abort| expected.contains(&abort)),
            "{bit}: {outcome:?}"
        );
    }
}

#[test]
fn a_bit_flipped_in_an_answer_ends_the_run() {
    let parties = Parties::new();
    let (run, digest) = (RunId([1; 16]), digest());
    let (state, query) = parties.ask(run, digest);
    let answer = parties.answer(run, digest, &query).unwrap();
    let sampled = (0..130 * 8).step_by(7).chain((130 * 8..66_690 * 8).step_by(2503));
    for bit in sampled.chain((66_690 * 8..66_882 * 8).step_by(11)) {
        let expected = match bit / 8 {
            0..130 => Abort::WrongProof,
            130..66_818 => Abort::WrongProduct,
            _ => Abort::WrongSignature,
        };
        if let Some(answer) = flip(&answer, bit) {
            assert_eq!(state.duplicate().finish(answer), Err(expected), "{bit}");
        }
    }
    assert!(state.finish(answer).is_ok());
}

/// How many of the pads of 12 answers are distinct, six of the answers to one query.
///
/// Every row of a product hides the same inputs, which are new in each answer: what a row has more than the first is of pads alone.
fn distinct_pads() -> usize {
    fn pads<const N: usize>(product: &Masked<N>) -> impl Iterator<Item = Scalar> {
        let first = product.rows().next().unwrap();
        let rows = product.rows().skip(1);
        rows.flat_map(move |row| core::array::from_fn::<_, N, _>(|column| row[column] - first[column]))
    }
    let parties = Parties::new();
    let (run, digest) = (RunId([1; 16]), digest());
    let (_, same) = parties.ask(run, digest);
    let mut seen = HashSet::new();
    for turn in 0..12 {
        let query = if turn % 2 == 0 {
            same.clone()
        } else {
            parties.ask(run, digest).1
        };
        let answer = parties.answer(run, digest, &query).unwrap();
        let pads = pads(&answer.nonce_product).chain(pads(&answer.key_product));
        seen.extend(pads.map(|pad| <[u8; 32]>::from(pad.to_bytes())));
    }
    seen.len()
}

#[test]
fn pads_never_repeat_even_for_one_query() {
    let each = 415 * 5;
    assert_eq!(distinct_pads(), 12 * each);
    // Without the salt the six answers to one query have one set of pads.
    assert_eq!(traps::with_open(Trap::Salt, distinct_pads), 7 * each);
}

#[test]
fn a_signature_that_is_not_quite_right_does_not_verify() {
    let parties = Parties::new();
    let (run, digest) = (RunId([1; 16]), digest());
    let (state, query) = parties.ask(run, digest);
    let signature = state.finish(parties.answer(run, digest, &query).unwrap()).unwrap();
    let key = parties.client.public_key();
    let refused = |signature: Signature| assert_eq!(signature.verify(&key, &digest), Err(Abort::WrongSignature));
    let high = -*secp256k1::Scalar::from_bytes(&signature.s).unwrap().get();
    let (r, s, recovery_id) = (signature.r, signature.s, signature.recovery_id);
    refused(Signature {
        r: [0; 32],
        ..signature
    });
    refused(Signature {
        s: [0; 32],
        ..signature
    });
    refused(Signature {
        r: [0xff; 32],
        ..signature
    });
    refused(Signature {
        s: [0xff; 32],
        ..signature
    });
    refused(Signature {
        r: s,
        s: r,
        recovery_id,
    });
    for wrong in [recovery_id ^ 1, 2, 3, 255] {
        refused(Signature {
            recovery_id: wrong,
            ..signature
        });
    }
    for recovery_id in [recovery_id, recovery_id ^ 1] {
        let s = high.to_bytes().into();
        refused(Signature {
            s,
            recovery_id,
            ..signature
        });
    }
    assert_eq!(
        signature.verify(&crate::Point::Secp256k1(Point::GENERATOR), &digest),
        Err(Abort::WrongSignature)
    );
    assert_eq!(signature.verify(&key, &Digest([1; 32])), Err(Abort::WrongSignature));
    assert_eq!(signature.verify(&key, &digest), Ok(()));
}

#[test]
fn a_nonce_of_zero_has_no_inverse() {
    assert_eq!(inverse(&Scalar::ZERO).err(), Some(Abort::Degenerate));
}
