//! Spellings of claimants, as any client may send them: the table of `wire`'s tests, over HTTP.

use serde_json::{Value, json};
use wire::{
    ErrorCode,
    control::{LOOKUP, Wallets},
};

use crate::world::World;

fn table() -> Vec<Value> {
    serde_json::from_str(include_str!("../../../../docs/claimant-ids.json")).unwrap()
}

async fn look_up(world: &World, id: &Value) -> Result<Wallets, ErrorCode> {
    let asked = json!({ "claimantId": id });
    world.json(&world.back_end(), LOOKUP, asked).await
}

#[tokio::test]
async fn each_spelling_is_taken_or_refused_as_the_table_says() {
    let world = World::new();
    for row in table() {
        let expected = match row["refused"].is_null() {
            true => Ok(Wallets {
                wallets: Vec::new(),
                next: None,
            }),
            false => Err(ErrorCode::InvalidArgument),
        };
        assert_eq!(look_up(&world, &row["id"]).await, expected, "{row}");
    }
}

#[tokio::test]
async fn every_spelling_of_an_email_finds_its_one_wallet() {
    let world = World::new();
    let emails: Vec<_> = table()
        .into_iter()
        .filter(|row| row["normal"] == "ada@xn--bcher-kva.example" && row["id"]["email"].is_string())
        .collect();
    world.wallet_for("ada@b\u{fc}cher.example").await;
    assert!(emails.len() >= 5);
    for row in emails {
        assert_eq!(look_up(&world, &row["id"]).await.unwrap().wallets.len(), 1, "{row}");
    }
    let other = json!({ "email": "ada@bucher.example" });
    assert_eq!(look_up(&world, &other).await.unwrap().wallets, []);
}

/// JSON can spell half of a surrogate pair; it is no text.
#[tokio::test]
async fn half_of_a_surrogate_pair_is_refused() {
    let world = World::new();
    for half in ["\\ud83e", "\\udd8a", "v-\\udc00", "\\ud83e\\ud83e"] {
        let body = format!("{{\"claimantId\":{{\"customId\":\"{half}\"}}}}");
        let answer = world
            .post(LOOKUP, &world.back_end(), "application/json", body.into_bytes())
            .await;
        assert_eq!(answer.code(), ErrorCode::InvalidArgument, "{half}");
    }
}
