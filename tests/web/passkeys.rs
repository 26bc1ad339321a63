//! Passkeys and their PRF, with the driver's virtual authenticator.

use wallet::host::{
    Cancel, CreatePasskey, CreatedPasskey, CreatedPrf, Host, Mediation, PasskeyError, Passkeys, UsePasskey, UsedPasskey,
};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page;

const RP_ID: &str = "localhost";
const CHALLENGE: [u8; 32] = [0; 32];
const CHALLENGE_TEXT: &str = "\"challenge\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"";

async fn create(cancel: &Cancel) -> Result<CreatedPasskey, PasskeyError> {
    let options = CreatePasskey {
        rp_id: RP_ID,
        rp_name: "Browser tests",
        user_handle: &[7; 32],
        user_name: "Ada",
        challenge: &CHALLENGE,
        prf_input: &[1; 32],
        exclude: &[],
        cancel,
    };
    page().passkeys().create(options).await
}

async fn get(credential: &[u8], prf_input: [u8; 32], cancel: &Cancel) -> Result<UsedPasskey, PasskeyError> {
    get_one_of(&[credential.to_vec()], prf_input, cancel).await
}

async fn get_one_of(
    credentials: &[Vec<u8>],
    prf_input: [u8; 32],
    cancel: &Cancel,
) -> Result<UsedPasskey, PasskeyError> {
    let options = UsePasskey {
        rp_id: RP_ID,
        challenge: &CHALLENGE,
        credentials,
        mediation: Mediation::Prompt,
        prf_input: &prf_input,
        cancel,
    };
    page().passkeys().get(options).await
}

fn is_firefox() -> bool {
    let agent = js_sys::eval("navigator.userAgent").unwrap().as_string().unwrap();
    agent.contains("Firefox/")
}

#[wasm_bindgen_test]
async fn passkeys_can_be_used_here() {
    assert_eq!(page().passkeys().check().await, Ok(()));
}

#[wasm_bindgen_test]
async fn a_passkey_gives_one_output_for_one_input() {
    let cancel = Cancel::default();
    let created = create(&cancel).await.unwrap();
    assert!(String::from_utf8_lossy(&created.registration.client_data_json).contains(CHALLENGE_TEXT));
    assert!(!created.registration.attestation_object.is_empty());
    let credential = &created.registration.credential;
    let used = get(credential, [1; 32], &cancel).await.unwrap();
    assert_eq!(&used.assertion.credential, credential);
    assert!(String::from_utf8_lossy(&used.assertion.client_data_json).contains(CHALLENGE_TEXT));
    assert!(!used.assertion.authenticator_data.is_empty() && !used.assertion.signature.is_empty());
    let first = used.prf.unwrap();
    assert_ne!(**first.0, [0; 32]);
    match created.prf {
        CreatedPrf::Output(output) => assert_eq!(*output.0, *first.0),
        CreatedPrf::AtAssertion => assert!(is_firefox(), "all others give the output when the passkey is made"),
        CreatedPrf::Unavailable => panic!("the authenticator has PRF"),
    }

    let other = get(credential, [2; 32], &cancel).await.unwrap();
    assert_ne!(*other.prf.unwrap().0, *first.0);

    // The same user's newest passkey is the only one: whoever names none is answered by it.
    let discovered = get_one_of(&[], [1; 32], &cancel).await.unwrap();
    assert_eq!(&discovered.assertion.credential, credential);
    assert_eq!(*discovered.prf.unwrap().0, *first.0);
}

#[wasm_bindgen_test]
async fn a_cancelled_call_shows_no_prompt() {
    let cancel = Cancel::default();
    cancel.cancel();
    assert_eq!(create(&cancel).await.err(), Some(PasskeyError::Cancelled));
    assert_eq!(
        get(&[1; 16], [1; 32], &cancel).await.err(),
        Some(PasskeyError::Cancelled)
    );
}

#[wasm_bindgen_test]
async fn a_prompt_that_is_open_can_be_cancelled() {
    let cancel = Cancel::default();
    let wish = cancel.clone();
    // After the prompt is asked for, and before the authenticator, which needs no person here, can answer.
    spawn_local(async move { wish.cancel() });
    assert_eq!(
        get(&[9; 16], [1; 32], &cancel).await.err(),
        Some(PasskeyError::Cancelled)
    );
}

#[wasm_bindgen_test]
async fn another_sites_id_is_refused() {
    let options = UsePasskey {
        rp_id: "example.com",
        challenge: &CHALLENGE,
        credentials: &[vec![1; 16]],
        mediation: Mediation::Prompt,
        prf_input: &[1; 32],
        cancel: &Cancel::default(),
    };
    assert_eq!(
        page().passkeys().get(options).await.err(),
        Some(PasskeyError::Unsupported)
    );
}

#[wasm_bindgen_test]
async fn a_forgotten_passkey_is_told_to_the_authenticator() {
    let cancel = Cancel::default();
    let created = create(&cancel).await.unwrap();
    page().passkeys().forget(RP_ID, &created.registration.credential).await;
}
