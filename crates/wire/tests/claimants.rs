//! The spellings of claimants, and the one form of each: the table that the package's and the co-signer's tests read too.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]
// In wasm the engine's tables are asked, and the package's tests hold it to the same table.
#![cfg(not(target_family = "wasm"))]

use serde::Deserialize;
use wire::ClaimantId;

#[derive(Deserialize)]
struct Row {
    id: ClaimantId,
    normal: Option<String>,
    refused: Option<String>,
}

fn rows() -> Vec<Row> {
    serde_json::from_str(include_str!("../../../docs/claimant-ids.json")).unwrap()
}

#[test]
fn each_spelling_has_its_form_or_its_reason() {
    for Row { id, normal, refused } in rows() {
        let (kind, value) = (id.kind(), id.value().to_owned());
        match (id.normalised(), normal, refused) {
            (Ok(found), Some(expected), None) => assert_eq!(found.value(), expected, "{kind}: {value:?}"),
            (Err(found), None, Some(expected)) => assert!(found.contains(&expected), "{kind}: {value:?}: {found}"),
            (found, ..) => panic!("{kind}: {value:?}: {:?}", found.map(|id| id.value().to_owned())),
        }
    }
}

#[test]
fn a_normal_form_is_its_own() {
    for normal in rows().into_iter().filter_map(|row| row.id.normalised().ok()) {
        assert_eq!(normal.clone().normalised(), Ok(normal));
    }
}

/// Two that differ to the app are never made one, whatever looks or decodes alike.
#[test]
fn custom_ids_that_differ_stay_apart() {
    let mut forms: Vec<_> = ["42", "042", "a", "A", "\u{e9}", "e", "\u{212b}", "\u{c5}", "a b", "ab"]
        .into_iter()
        .filter_map(|id| ClaimantId::CustomId(id.to_owned()).normalised().ok())
        .map(|id| id.value().to_owned())
        .collect();
    let all = forms.len();
    forms.sort();
    forms.dedup();
    assert_eq!((all, forms.len()), (9, 9));
}
