//! Each protocol, both parties, from what is stored to what will be.

use mpc::{
    Abort, Digest, PairingId, Path, RunId, Scheme, Share, WalletId, ecdsa, eddsa, keygen,
    pairing::{self, ClientPairing, CoSignerPairing, Progress},
    refresh,
};
use rand_core::CryptoRngCore;

use crate::meter::Meter;

/// Transfers that the client does in one task, before a page may draw again.
const SLICE: usize = 16;

/// Both parties' shares of one key, as stored.
pub(crate) struct Parties {
    scheme: Scheme,
    client: Vec<u8>,
    co_signer: Vec<u8>,
}

/// Both parties' shares, and their halves of a pairing where the scheme needs one, as stored.
pub(crate) struct Rotated {
    shares: Parties,
    pairing: Option<Pairing>,
}

/// Both halves of a pairing, as stored.
struct Pairing {
    client: Vec<u8>,
    co_signer: Vec<u8>,
}

/// Makes a key.
pub(crate) fn key_generation(scheme: Scheme, rng: &mut impl CryptoRngCore) -> Result<(Parties, Meter), Abort> {
    let mut meter = Meter::default();
    let context = keygen::Context {
        wallet: WalletId::random(rng),
        scheme,
        run: RunId::random(rng),
    };

    let (client, message) = meter.client(|| keygen::client_start(context.clone(), rng))?;
    let message = meter.send_to_co_signer(&message)?;
    let (co_signer, message) = meter.co_signer(|| keygen::co_signer_start(context, message, rng))?;
    let message = meter.send_to_client(&message)?;
    let (client, message) = meter.client(|| client.receive(message))?;
    let message = meter.send_to_co_signer(&message)?;
    let (co_signer, message) = meter.co_signer(|| co_signer.receive(message))?;
    let message = meter.send_to_client(&message)?;
    let client = meter.client(|| client.receive(message))?;

    let shares = Parties {
        scheme,
        client: client.to_bytes().to_vec(),
        co_signer: co_signer.to_bytes().to_vec(),
    };
    Ok((shares, meter))
}

/// Refreshes both shares and makes the pairing that the scheme needs in the same messages, as a claim does.
pub(crate) fn rotation(stored: &Parties, rng: &mut impl CryptoRngCore) -> Result<(Rotated, Meter), Abort> {
    let mut meter = Meter::default();
    let (run, binding) = (RunId::random(rng), [7; 32]);
    let id = (stored.scheme == Scheme::EcdsaSecp256k1).then(|| PairingId::random(rng));

    let (client, message) = meter.client(|| {
        let share = Share::from_bytes(&stored.client)?;
        refresh::client_start(&share, run, &binding, rng)
    })?;
    let message = meter.send_to_co_signer(&message)?;
    let (co_signer, message) = meter.co_signer(|| {
        let share = Share::from_bytes(&stored.co_signer)?;
        refresh::co_signer_start(&share, run, &binding, message, rng)
    })?;
    let (answering, transfers) = meter
        .co_signer(|| id.map(|id| pairing::co_signer_start(id, rng)))
        .unzip();
    let (offer, transfers) = meter.send_to_client(&(message, transfers))?;
    let (client, opening) = meter.client(|| client.receive(offer, rng))?;
    let answered = match (id, transfers) {
        (Some(id), Some(offer)) => Some(transfer(id, offer, &mut meter, rng)?),
        _ => None,
    };
    let (client_pairing, answer) = answered.unzip();
    let (opening, answer) = meter.send_to_co_signer(&(opening, answer))?;
    let (co_signer, message) = meter.co_signer(|| co_signer.receive(opening, rng))?;
    let co_signer_pairing = meter.co_signer(|| {
        let pairing = answering
            .zip(answer)
            .map(|(answering, answer)| answering.receive(answer));
        pairing.transpose()
    })?;
    let message = meter.send_to_client(&message)?;
    let client = meter.client(|| client.receive(message))?;

    let client_half = meter.client(|| client_pairing.map(|pairing| pairing.to_bytes().to_vec()));
    let co_signer_half = meter.co_signer(|| co_signer_pairing.map(|pairing| pairing.to_bytes().to_vec()));
    let rotated = Rotated {
        shares: Parties {
            scheme: stored.scheme,
            client: meter.client(|| client.to_bytes().to_vec()),
            co_signer: meter.co_signer(|| co_signer.to_bytes().to_vec()),
        },
        pairing: client_half
            .zip(co_signer_half)
            .map(|(client, co_signer)| Pairing { client, co_signer }),
    };
    Ok((rotated, meter))
}

fn transfer(
    id: PairingId,
    offer: pairing::TransferOffer,
    meter: &mut Meter,
    rng: &mut impl CryptoRngCore,
) -> Result<(ClientPairing, pairing::TransferAnswer), Abort> {
    let mut transfers = meter.client(|| pairing::client_start(id, offer))?;
    loop {
        match meter.client(|| transfers.advance(SLICE, rng))? {
            Progress::More(more) => transfers = more,
            Progress::Done(pairing, answer) => return Ok((pairing, answer)),
        }
    }
}

/// Makes one signature, which the client verifies.
pub(crate) fn sign(stored: &Rotated, rng: &mut impl CryptoRngCore) -> Result<Meter, Abort> {
    match &stored.pairing {
        Some(pairing) => sign_ecdsa(&stored.shares, pairing, rng),
        None => sign_eddsa(&stored.shares, rng),
    }
}

fn sign_ecdsa(shares: &Parties, pairing: &Pairing, rng: &mut impl CryptoRngCore) -> Result<Meter, Abort> {
    let mut meter = Meter::default();
    let (run, digest, path) = (RunId::random(rng), Digest([42; 32]), Path::root());

    let (client, query) = meter.client(|| {
        let share = Share::from_bytes(&shares.client)?;
        let pairing = ClientPairing::from_bytes(&pairing.client)?;
        ecdsa::client_start(&share, &path, &pairing, run, digest, rng)
    })?;
    let query = meter.send_to_co_signer(&query)?;
    let answer = meter.co_signer(|| {
        let share = Share::from_bytes(&shares.co_signer)?;
        let pairing = CoSignerPairing::from_bytes(&pairing.co_signer)?;
        ecdsa::co_signer_answer(&share, &path, &pairing, run, digest, query, rng)
    })?;
    let answer = meter.send_to_client(&answer)?;
    meter.client(|| client.finish(answer))?;
    Ok(meter)
}

fn sign_eddsa(shares: &Parties, rng: &mut impl CryptoRngCore) -> Result<Meter, Abort> {
    let mut meter = Meter::default();
    let (run, message) = (RunId::random(rng), [42; 32]);

    let (client, query) = meter.client(|| {
        let share = Share::from_bytes(&shares.client)?;
        eddsa::client_start(&share, run, &message, rng)
    })?;
    let query = meter.send_to_co_signer(&query)?;
    let answer = meter.co_signer(|| {
        let share = Share::from_bytes(&shares.co_signer)?;
        eddsa::co_signer_answer(&share, run, &message, query, rng)
    })?;
    let answer = meter.send_to_client(&answer)?;
    meter.client(|| client.finish(answer))?;
    Ok(meter)
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn what_is_timed_runs_to_its_end() {
        for scheme in [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519] {
            let (parties, _) = key_generation(scheme, &mut OsRng).unwrap();
            let (rotated, _) = rotation(&parties, &mut OsRng).unwrap();
            assert_eq!(rotated.pairing.is_some(), scheme == Scheme::EcdsaSecp256k1);
            sign(&rotated, &mut OsRng).unwrap();
        }
    }
}
