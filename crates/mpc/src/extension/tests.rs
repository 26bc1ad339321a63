use rand_core::OsRng;
use subtle::ConditionallySelectable;

use super::*;
use crate::pairing::tests::pair;

const SID: &[u8; 32] = &[3; 32];

#[test]
fn each_side_has_its_part_of_every_transfer() {
    let (client, co_signer) = pair();
    let (chosen, query) = choose(&client, SID, &mut OsRng);
    let correlated = correlate(&co_signer, SID, &query).unwrap();
    assert_eq!(chosen.transfers().count(), COUNT);
    assert_eq!(correlated.transfers().count(), COUNT);
    for ((choice, t), [zero, one]) in chosen.transfers().zip(correlated.transfers()) {
        assert_eq!(t, Word::conditional_select(&zero, &one, choice));
        assert_ne!(zero, one);
    }
    let ones = chosen.transfers().filter(|(choice, _)| choice.unwrap_u8() == 1).count();
    assert!((316..516).contains(&ones), "{ones}");
}
