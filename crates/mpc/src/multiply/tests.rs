use k256::elliptic_curve::Field;
use rand_core::OsRng;

use super::*;
use crate::extension::{self, Chosen, Correlated};

const SID: &[u8; 32] = &[3; 32];

fn transfers() -> (Chosen, Correlated) {
    let (client, co_signer) = crate::pairing::tests::pair();
    let (chosen, query) = extension::choose(&client, SID, &mut OsRng);
    (chosen, extension::correlate(&co_signer, SID, &query).unwrap())
}

fn inputs<const N: usize>() -> Box<[Scalar; N]> {
    Box::new(core::array::from_fn(|_| Scalar::random(&mut OsRng)))
}

#[test]
fn the_shares_add_up_to_the_products() {
    let (chosen, correlated) = transfers();
    let pads = Oracle::new(tags::SIGN_PAD, &[SID]);
    let receiver = Receiver::new((0..).zip(chosen.transfers()));
    let inputs = inputs::<3>();
    let (sender, masked) = Sender::mask(inputs.clone(), &pads, (0..).zip(correlated.transfers()));
    let challenge = Challenge::new(&[7; 32], 1, 3);
    let check = sender.prove(&challenge);
    let theirs = receiver.receive(&pads, &masked, &check, &challenge).unwrap();
    let wanted = Scalar::random(&mut OsRng);
    let correction = wanted - *receiver.input();
    let ours = sender.shares(&correction);
    for column in 0..2 {
        assert_eq!(ours[column] + theirs[column], inputs[column] * wanted);
    }
}
