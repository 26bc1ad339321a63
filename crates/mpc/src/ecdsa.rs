//! Signing in one round trip: DKLs18 with RVOLE multiplications (docs/protocol.md, Signing).
//!
//! Doerner, Kondi, Lee and shelat, Secure Two-party Threshold ECDSA from ECDSA Assumptions (ia.cr/2018/499), the two-of-n
//! signing for two parties with additive shares: the client is Bob, the co-signer Alice. Bob speaks first and Alice's
//! answer is the last word, so the co-signer keeps nothing between.

mod signature;
mod transcript;

#[cfg(test)]
mod cheats;
#[cfg(test)]
mod drawn;
#[cfg(test)]
mod epochs;
#[cfg(test)]
mod exploits;
#[cfg(test)]
mod resets;
#[cfg(test)]
pub(crate) mod statistics;
#[cfg(test)]
mod tests;

use borsh::{BorshDeserialize, BorshSerialize};
use k256::{
    ProjectivePoint, Scalar,
    elliptic_curve::{Field, ops::MulByGenerator},
};
use rand_core::{CryptoRngCore, RngCore};
use zeroize::Zeroizing;

pub use self::signature::{Digest, Signature};
#[cfg(test)]
use self::transcript::Opened;
use self::transcript::{Asked, context, session_id};
use crate::{
    Abort, Path, Role, RunId, Share, extension,
    hedge::Hedged,
    multiply::{Check, Masked, Receiver, Sender},
    pairing::{ClientPairing, CoSignerPairing},
    proof::ProofOfKnowledge,
    scalar,
    secp256k1::{self, Point, SecretScalar},
    tags,
};

/// m1, client to co-signer: nonce point, the oblivious-transfer query, two corrections; 4,305 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct Query {
    /// The hash of all that both sides must agree on: another wallet, epoch or digest is refused by name.
    context: [u8; 32],
    nonce: [u8; 32],
    /// D_B = k_B·G.
    nonce_point: Point,
    transfers: extension::Query,
    /// 1/k_B and b/k_B, each less the input that the transfers chose.
    corrections: [secp256k1::Scalar; 2],
}

/// m2, co-signer to client: salt, nonce point and proof, the multiplications' answers, the two masked values; 66,882 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct Answer {
    salt: [u8; 32],
    /// R' = k'·D_B.
    unmoved: Point,
    /// Of k_A with R = k_A·D_B.
    proof: ProofOfKnowledge,
    /// (φ + 1/k_A, a/k_A) by 1/k_B.
    nonce_product: Masked<3>,
    /// 1/k_A by b/k_B.
    key_product: Masked<2>,
    checks: [Check; 2],
    /// η^φ = H(Γ¹) + φ.
    masked_pad: secp256k1::Scalar,
    /// η^sig = H(Γ²) + m·t¹_A + r·t²_A.
    masked_signature: secp256k1::Scalar,
}

/// The client has asked for a signature and waits for the answer.
///
/// Neither copied nor stored: one answer is the most that a query may be finished with (trap T2).
pub struct ClientAwaitingAnswer {
    digest: Digest,
    public_key: Point,
    asked: Asked,
    /// k_B.
    nonce: SecretScalar,
    nonce_point: Point,
    receivers: [Receiver; 2],
}

/// Asks the co-signer to sign `digest` with the client, under the key at `path`.
///
/// # Errors
/// [`Abort::WrongRole`] if `share` is not a client's; [`Abort::OtherCurve`] if its scheme is another; [`Abort::NotDerivable`]
/// and [`Abort::Degenerate`] if there is no child at `path`.
///
/// Source: docs/protocol.md, Signing, step 1.
pub fn client_start(
    share: &Share,
    path: &Path,
    pairing: &ClientPairing,
    run: RunId,
    digest: Digest,
    rng: &mut impl CryptoRngCore,
) -> Result<(ClientAwaitingAnswer, Query), Abort> {
    share.expect_role(Role::Client)?;
    let key = share.child(path)?;
    let (public_key, share) = (*key.public_key().secp256k1()?, key.secret().secp256k1()?);
    let context = context(pairing.id(), run, &key, &digest);
    let rng = &mut draws(&key, &context, rng);
    let mut nonce = [0; 32];
    rng.fill_bytes(&mut nonce);
    let sid = session_id(&context, &nonce);
    let (chosen, transfers) = extension::choose(pairing, &sid, rng);
    let mut chosen = (0..).zip(chosen.transfers());
    let receivers = [Receiver::new(chosen.by_ref()), Receiver::new(chosen)];

    let secret = SecretScalar::random(rng);
    let inverse = inverse(secret.expose())?;
    let wanted = Zeroizing::new([*inverse, *inverse * share.expose()]);
    let [first, second] = &receivers;
    let [nonce_input, key_input] = &*wanted;
    let query = Query {
        context,
        nonce,
        nonce_point: secret.to_point(),
        transfers,
        corrections: [nonce_input - &*first.input(), key_input - &*second.input()].map(secp256k1::Scalar::new),
    };
    let state = ClientAwaitingAnswer {
        digest,
        public_key,
        asked: Asked::new(&sid, &query)?,
        nonce: secret,
        nonce_point: query.nonce_point,
        receivers,
    };
    Ok((state, query))
}

/// Answers a query; keeps nothing.
///
/// # Errors
/// [`Abort::OtherContext`] if the client speaks of anything else. An abort that [`burns_pairing`](Abort::burns_pairing)
/// must burn it durably before anything is answered.
///
/// Source: docs/protocol.md, Signing, step 2 to 4.
pub fn co_signer_answer(
    share: &Share,
    path: &Path,
    pairing: &CoSignerPairing,
    run: RunId,
    digest: Digest,
    query: Query,
    rng: &mut impl CryptoRngCore,
) -> Result<Answer, Abort> {
    share.expect_role(Role::CoSigner)?;
    let key = share.child(path)?;
    let (public_key, share) = (*key.public_key().secp256k1()?, key.secret().secp256k1()?);
    let context = context(pairing.id(), run, &key, &digest);
    if query.context != context {
        return Err(Abort::OtherContext);
    }
    let sid = session_id(&context, &query.nonce);
    let correlated = extension::correlate(pairing, &sid, &query.transfers)?;
    let asked = Asked::new(&sid, &query)?;
    let rng = &mut draws(&key, asked.hash(), rng);
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);

    // Step 2. R' = k'·D_B, k_A = H(R') + k', R = k_A·D_B.
    let unmoved_secret = SecretScalar::random(rng);
    let unmoved = unmoved_secret.times(&query.nonce_point);
    let moved = Zeroizing::new(asked.offset(&salt, &unmoved) + unmoved_secret.expose());
    let secret = SecretScalar::new(*moved).ok_or(Abort::Degenerate)?;
    let opened = asked.open(&query.nonce_point, &salt, &unmoved)?;
    let r = opened.r()?;
    let witness = scalar::SecretScalar::Secp256k1(secret.copy());
    let proof = ProofOfKnowledge::prove(&opened.statement(), &witness, rng)?;

    // Step 3. The pad φ, and the multiplications; the last input of each is the check's â.
    let pad = SecretScalar::random(rng);
    let inverse = inverse(secret.expose())?;
    let nonce_inputs = Zeroizing::new([
        pad.expose() + *inverse,
        *inverse * share.expose(),
        Scalar::random(&mut *rng),
    ]);
    let key_inputs = Zeroizing::new([*inverse, Scalar::random(&mut *rng)]);
    let pads = asked.pads(&salt);
    let mut transfers = (0..).zip(correlated.transfers());
    let (nonce_sender, nonce_product) = Sender::mask(Box::new(*nonce_inputs), &pads, transfers.by_ref());
    let (key_sender, key_product) = Sender::mask(Box::new(*key_inputs), &pads, transfers);
    #[cfg(test)]
    let nonce_product = cheats::cheat(nonce_product);
    let multiplied = opened.multiply(&proof, &nonce_product, &key_product);
    let [nonce_challenge, key_challenge] = multiplied.challenges();
    let [nonce_correction, key_correction] = &query.corrections;
    let nonce_shares = nonce_sender.shares(nonce_correction.get());
    let key_shares = key_sender.shares(key_correction.get());
    let [first, key_of_a, _] = &*nonce_shares;
    let [key_of_b, _] = &*key_shares;
    let second = Zeroizing::new(key_of_a + key_of_b);

    // Step 4. Γ¹ = G + φk_A·G − t¹_A·R, Γ² = t¹_A·X − t²_A·G.
    let offset = Zeroizing::new(Scalar::ONE + pad.expose() * secret.expose());
    let first_point = ProjectivePoint::mul_by_generator(&offset) - opened.nonce_point().to_projective() * first;
    let second_point = public_key.to_projective() * first - ProjectivePoint::mul_by_generator(&second);
    let half = Zeroizing::new(digest.to_scalar() * first + r * *second);
    Ok(Answer {
        salt,
        unmoved,
        proof,
        nonce_product,
        key_product,
        checks: [nonce_sender.prove(&nonce_challenge), key_sender.prove(&key_challenge)],
        masked_pad: secp256k1::Scalar::new(multiplied.first_mask(first_point)? + pad.expose()),
        masked_signature: secp256k1::Scalar::new(multiplied.second_mask(second_point)? + *half),
    })
}

impl ClientAwaitingAnswer {
    /// Checks the answer and gives a signature that verifies, or nothing.
    ///
    /// # Errors
    /// [`Abort::WrongProof`], [`Abort::WrongProduct`] or [`Abort::WrongSignature`], whichever check fails first.
    ///
    /// # Security
    /// Consumes the state: finishing one query with two answers would give the co-signer the key (trap T2).
    ///
    /// ```
    /// # use mpc::{Abort, ecdsa::{Answer, ClientAwaitingAnswer, Signature}};
    /// fn once(state: ClientAwaitingAnswer, answer: Answer) -> Result<Signature, Abort> {
    ///     state.finish(answer)
    /// }
    /// ```
    ///
    /// A second answer finds no state:
    ///
    /// ```compile_fail,E0382
    /// # use mpc::{Abort, ecdsa::{Answer, ClientAwaitingAnswer, Signature}};
    /// fn twice(state: ClientAwaitingAnswer, first: Answer, second: Answer) -> Result<[Signature; 2], Abort> {
    ///     Ok([state.finish(first)?, state.finish(second)?])
    /// }
    /// ```
    ///
    /// Source: docs/protocol.md, Signing, step 5.
    pub fn finish(self, answer: Answer) -> Result<Signature, Abort> {
        let opened = self.asked.open(&self.nonce_point, &answer.salt, &answer.unmoved)?;
        let r = opened.r()?;
        answer.proof.verify(&opened.statement())?;

        let multiplied = opened.multiply(&answer.proof, &answer.nonce_product, &answer.key_product);
        let pads = self.asked.pads(&answer.salt);
        let [nonce_receiver, key_receiver] = &self.receivers;
        let [nonce_check, key_check] = &answer.checks;
        let [nonce_challenge, key_challenge] = multiplied.challenges();
        let nonce_shares = nonce_receiver.receive(&pads, &answer.nonce_product, nonce_check, &nonce_challenge)?;
        let key_shares = key_receiver.receive(&pads, &answer.key_product, key_check, &key_challenge)?;
        let [first, key_of_a, _] = &*nonce_shares;
        let [key_of_b, _] = &*key_shares;
        let second = Zeroizing::new(key_of_a + key_of_b);

        // Γ¹ = t¹_B·R, φ = η^φ − H(Γ¹), θ = t¹_B − φ/k_B, Γ² = t²_B·G − θ·X.
        let first_point = opened.nonce_point().to_projective() * first;
        let pad = Zeroizing::new(answer.masked_pad.get() - &multiplied.first_mask(first_point)?);
        let unpadded = Zeroizing::new(first - &(*pad * *inverse(self.nonce.expose())?));
        let second_point = ProjectivePoint::mul_by_generator(&second) - self.public_key.to_projective() * *unpadded;
        let half = Zeroizing::new(self.digest.to_scalar() * *unpadded + r * *second);
        let s = *half + answer.masked_signature.get() - multiplied.second_mask(second_point)?;

        let signature = Signature::new(opened.nonce_point(), s);
        signature.verify(&crate::Point::Secp256k1(self.public_key), &self.digest)?;
        Ok(signature)
    }
}

/// The source of a party's secrets, hedged with its share and with the context, or the query that
/// names it.
fn draws(share: &Share, asked: &[u8; 32], rng: &mut impl CryptoRngCore) -> Hedged {
    let secret = share.secret().to_bytes();
    Hedged::new(
        tags::SIGN_DRAWS,
        rng,
        secret.as_slice(),
        &[&[share.role() as u8], asked],
    )
}

fn inverse(secret: &Scalar) -> Result<Zeroizing<Scalar>, Abort> {
    Option::from(secret.invert())
        .map(Zeroizing::new)
        .ok_or(Abort::Degenerate)
}
