//! What is timed, and with which secrets.

use k256::{Scalar, elliptic_curve::Field};
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, RngCore, SeedableRng};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::{Class, Stopwatch};
use crate::{
    Scheme,
    extension::{choose, correlate},
    field::{LANES, product, sums_of_products},
    multiply::{Challenge, ROWS, Receiver, Sender},
    oracle::Oracle,
    pairing::{CoSignerPairing, tests::pair, transfer::Place},
    scalar,
    secp256k1::{Point, SecretScalar},
    tags,
};

const SID: [u8; 32] = [1; 32];

/// Every step, the control first: it must be seen, or nothing else that is said here counts.
pub(super) fn measure_all(watch: &mut Stopwatch) {
    control(watch);
    comparison(watch);
    choices(watch);
    extension_steps(watch);
    field(watch);
    gadget_sums(watch);
    scalars(watch);
}

/// Stops at the first difference: what no code here may do.
pub(super) fn leaky_equal(left: &[u8], right: &[u8]) -> bool {
    left.iter()
        .zip(right)
        .all(|(left, right)| core::hint::black_box(left == right))
}

fn control(watch: &mut Stopwatch) {
    watch.measure(
        "CONTROL: a comparison that stops early",
        1,
        secret_bytes::<256>,
        |bytes| leaky_equal(bytes, &[0; 256]),
    );
}

/// All zero, or random.
fn secret_bytes<const N: usize>(class: Class, rng: &mut ChaCha20Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    match class {
        Class::Fixed => [0; N],
        Class::Random => bytes,
    }
}

/// 1, or random.
fn secret_scalar(class: Class, rng: &mut ChaCha20Rng) -> Scalar {
    let scalar = Scalar::random(rng);
    match class {
        Class::Fixed => Scalar::ONE,
        Class::Random => scalar,
    }
}

fn secret_choice(class: Class, rng: &mut ChaCha20Rng) -> Choice {
    let bit = rng.next_u32() as u8 & 1;
    Choice::from(match class {
        Class::Fixed => 0,
        Class::Random => bit,
    })
}

fn secret_word(class: Class, rng: &mut ChaCha20Rng) -> u128 {
    u128::from_le_bytes(secret_bytes(class, rng))
}

fn comparison(watch: &mut Stopwatch) {
    watch.measure("comparison of two hashes", 16, secret_bytes::<32>, |bytes| {
        bool::from(bytes.ct_eq(&[0; 32]))
    });
}

fn choices(watch: &mut Stopwatch) {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let [zero, one] = [0, 1].map(|_| SecretScalar::random(&mut rng).to_point());
    watch.measure("selection of a point by a choice bit", 64, secret_choice, |choice| {
        Point::conditional_select(&zero, &one, *choice)
    });
    // Drawing a point takes as long as its x takes to be found: with the same randomness for all, only the choice differs.
    watch.measure(
        "base transfer, the co-signer's offer by a bit of Δ",
        1,
        secret_choice,
        |choice| Place::new(&SID, 0).offer(*choice, &mut ChaCha20Rng::seed_from_u64(4)),
    );
}

/// Randomness that the client's choices are all of.
struct Drawn<'a>(&'a [u8]);

impl RngCore for Drawn<'_> {
    fn next_u32(&mut self) -> u32 {
        unreachable!("choices are drawn as bytes")
    }

    fn next_u64(&mut self) -> u64 {
        unreachable!("choices are drawn as bytes")
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        let (drawn, rest) = self.0.split_at(bytes.len());
        bytes.copy_from_slice(drawn);
        self.0 = rest;
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Drawn<'_> {}

fn extension_steps(watch: &mut Stopwatch) {
    let (client, co_signer) = pair();
    watch.measure("extension, the client's choices β", 1, secret_bytes::<128>, |bytes| {
        choose(&client, &SID, &mut Drawn(bytes))
    });
    let (_, query) = choose(&client, &SID, &mut ChaCha20Rng::seed_from_u64(5));
    // Neither Δ is the one that the query was made for, so both classes end at the same check.
    let stored = co_signer.to_bytes();
    let pairing = |class: Class, rng: &mut ChaCha20Rng| {
        let mut stored = stored.clone();
        // Behind version, role and id.
        stored[18..34].copy_from_slice(&secret_word(class, rng).to_le_bytes());
        CoSignerPairing::from_bytes(&stored).unwrap()
    };
    watch.measure("extension, the co-signer's correlation Δ", 1, pairing, |pairing| {
        correlate(pairing, &SID, &query).is_err()
    });
}

fn field(watch: &mut Stopwatch) {
    let public = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef;
    watch.measure(
        "product in GF(2¹²⁸) with a secret element",
        16,
        secret_word,
        |word| product(public, *word),
    );
    let columns = |class: Class, rng: &mut ChaCha20Rng| -> Vec<u128> {
        (0..7 * LANES).map(|_| secret_word(class, rng)).collect()
    };
    let factors = [public; 7];
    watch.measure(
        "sums of products in GF(2¹²⁸), of 128 secret rows",
        1,
        columns,
        |columns| sums_of_products(&factors, columns),
    );
}

/// Transfers whose choices are the class's and whose t are random.
fn receiver(class: Class, rng: &mut ChaCha20Rng) -> Receiver {
    let transfers: Vec<_> = (0..ROWS as u16)
        .map(|index| (index, (secret_choice(class, rng), secret_word(Class::Random, rng))))
        .collect();
    Receiver::new(transfers.into_iter())
}

fn gadget_sums(watch: &mut Stopwatch) {
    watch.measure(
        "gadget sum ⟨g, β⟩ of the client's choices",
        1,
        receiver,
        |receiver| receiver.input(),
    );
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let pads = Oracle::new(tags::SIGN_PAD, &[&SID]);
    let rows: Vec<_> = (0..ROWS as u16)
        .map(|index| {
            (
                index,
                [
                    secret_word(Class::Random, &mut rng),
                    secret_word(Class::Random, &mut rng),
                ],
            )
        })
        .collect();
    let inputs = [(); 2].map(|()| Scalar::random(&mut rng));
    let (sender, masked) = Sender::<2>::mask(Box::new(inputs), &pads, rows.iter().copied());
    let challenge = Challenge::new(&SID, 1, 2);
    let check = sender.prove(&challenge);
    // No class has the transfers that τ was made for, so both end at the same check.
    watch.measure("multiplication, the client's choices β", 1, receiver, |receiver| {
        receiver.receive(&pads, &masked, &check, &challenge).is_err()
    });
    let correction = Scalar::random(&mut rng);
    let sender = |class: Class, rng: &mut ChaCha20Rng| {
        let inputs = [secret_scalar(class, rng), secret_scalar(class, rng)];
        Sender::<2>::mask(Box::new(inputs), &pads, rows.iter().copied()).0
    };
    watch.measure("multiplication, the co-signer's inputs", 1, sender, |sender| {
        (sender.prove(&challenge), sender.shares(&correction))
    });
}

fn scalars(watch: &mut Stopwatch) {
    let secret = |class: Class, rng: &mut ChaCha20Rng| SecretScalar::new(secret_scalar(class, rng)).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let other = Scalar::random(&mut rng);
    let base = SecretScalar::random(&mut rng).to_point();
    watch.measure("secp256k1: secret times G", 1, secret, SecretScalar::to_point);
    watch.measure("secp256k1: secret times a point", 1, secret, |secret| {
        secret.times(&base)
    });
    watch.measure("secp256k1: product of scalars", 16, secret_scalar, |scalar| {
        *scalar * other
    });
    watch.measure("secp256k1: sum of scalars", 64, secret_scalar, |scalar| scalar + other);
    watch.measure("secp256k1: inverse of a scalar", 1, secret_scalar, |scalar| {
        scalar.invert()
    });
    ed25519(watch);
}

fn ed25519(watch: &mut Stopwatch) {
    // Below the order: the highest byte, little-endian, is zero.
    let secret = |class: Class, rng: &mut ChaCha20Rng| {
        let mut bytes = secret_bytes::<32>(class, rng);
        (bytes[0], bytes[31]) = (bytes[0] | 1, 0);
        scalar::SecretScalar::from_bytes(Scheme::EddsaEd25519, &bytes).unwrap()
    };
    let base = secret(Class::Random, &mut ChaCha20Rng::seed_from_u64(8)).to_point();
    watch.measure("Ed25519: secret times B", 1, secret, scalar::SecretScalar::to_point);
    watch.measure("Ed25519: secret times a point", 1, secret, |secret| secret.times(&base));
}
