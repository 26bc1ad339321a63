//! What is random looks random: pads never repeat, choices have no bias. Each bound says how often it cries wolf.

use std::collections::HashSet;

use rand_core::OsRng;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{
    tests::{Parties, digest},
    *,
};
use crate::{
    multiply::ROWS,
    oracle::Oracle,
    traps::{self, Trap},
};

/// 40 sessions, or 1,000 where `CLAIMKIT_LONG` is set.
pub(crate) fn sessions() -> usize {
    match std::env::var_os("CLAIMKIT_LONG") {
        Some(_) => 1_000,
        None => 40,
    }
}

/// Every pad that a co-signer hides its answer with: of each transfer, column and side, by the salt
/// that it sent.
///
/// That these are its pads the answer itself shows: without them each row of τ has the same inputs.
fn pads_of_answer(parties: &Parties, run: RunId, digest: Digest, query: &Query) -> Vec<[u8; 32]> {
    let answer = parties.answer(run, digest, query).unwrap();
    let sid = session_id(&query.context, &query.nonce);
    let correlated = extension::correlate(&parties.co_signer_pairing, &sid, &query.transfers).unwrap();
    let oracle = Asked::new(&sid, query).unwrap().pads(&answer.salt);
    let mut pads = Vec::with_capacity(2 * 5 * ROWS);
    let mut transfers = (0..).zip(correlated.transfers());
    collect(&mut pads, &oracle, &answer.nonce_product, transfers.by_ref());
    collect(&mut pads, &oracle, &answer.key_product, transfers);
    pads
}

/// The pads of one product, each in two sides.
fn collect<const N: usize>(
    pads: &mut Vec<[u8; 32]>,
    oracle: &Oracle,
    product: &Masked<N>,
    transfers: impl Iterator<Item = (u16, [u128; 2])>,
) {
    let mut hidden = HashSet::new();
    for (row, (index, sides)) in product.rows().zip(transfers) {
        let inputs = core::array::from_fn::<_, N, _>(|column| {
            pads.extend(sides.map(|side| oracle.bytes(index, column as u8, side)));
            let [zero, one] = sides.map(|side| oracle.scalar(index, column as u8, side));
            (row[column] - zero + one).to_bytes()
        });
        hidden.insert(inputs);
    }
    assert_eq!(hidden.len(), 1);
}

/// How many pads there are in all, and how many are distinct.
fn count_pads() -> [usize; 2] {
    let mut seen = HashSet::new();
    let mut count = 0;
    let parties = [Parties::new(), Parties::new()];
    for _ in 0..sessions() / 4 {
        for parties in &parties {
            let (run, digest) = (RunId::random(&mut OsRng), digest());
            let (_, query) = parties.ask(run, digest);
            // One query answered twice (trap T1): only the co-signer's salt tells the two apart.
            for _ in 0..2 {
                let pads = pads_of_answer(parties, run, digest, &query);
                assert_eq!(pads.len(), 2 * 5 * ROWS);
                count += pads.len();
                seen.extend(pads);
            }
        }
    }
    [count, seen.len()]
}

/// Two of a million random pads are alike with probability 2⁻²¹⁶: this never cries wolf.
#[test]
fn no_pad_is_used_twice() {
    let [count, distinct] = count_pads();
    assert_eq!(distinct, count);
    let [count, distinct] = traps::with_open(Trap::Salt, count_pads);
    assert_eq!(2 * distinct, count);
}

/// By Hoeffding's inequality fair bits stay within the bounds but with probability 2⁻⁴¹ for all together and 2⁻⁴¹ for the 832
/// places: P(|ones − n/2| ≥ t) ≤ 2·exp(−2t²/n).
#[test]
fn choices_have_no_bias() {
    let (client, _) = crate::pairing::tests::pair();
    let draws = 10 * sessions();
    let mut ones = vec![0_usize; extension::COUNT];
    for draw in 0..draws {
        let sid = crate::tags::hash("statistics", &[&draw.to_le_bytes()]);
        let (chosen, _) = extension::choose(&client, &sid, &mut OsRng);
        for (ones, (choice, _)) in ones.iter_mut().zip(chosen.transfers()) {
            *ones += usize::from(choice.unwrap_u8());
        }
    }
    assert!(is_fair(ones.iter().sum(), draws * ones.len(), 41));
    // 832 < 2¹⁰.
    assert!(ones.iter().all(|ones| is_fair(*ones, draws, 51)), "{ones:?}");
}

/// Whether `ones` of `count` bits is what all but 2^−`bits` of fair draws give.
pub(crate) fn is_fair(ones: usize, count: usize, bits: i32) -> bool {
    let away = (ones as f64 - count as f64 / 2.0).abs();
    let limit = (count as f64 * f64::from(bits + 1) * core::f64::consts::LN_2 / 2.0).sqrt();
    away <= limit
}

#[test]
fn an_unfair_count_is_seen() {
    assert!(is_fair(500_000, 1_000_000, 41) && is_fair(503_000, 1_000_000, 41));
    assert!(!is_fair(504_000, 1_000_000, 41) && !is_fair(496_000, 1_000_000, 41));
}
