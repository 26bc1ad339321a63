//! Each protocol, both parties, from what is stored to what will be.

use mpc::{
    Abort, Digest, PairingId, RunId, Scheme, Share, WalletId, ecdsa as signing, keygen,
    pairing::{self, ClientPairing, CoSignerPairing, Progress, Transfers},
    refresh,
};
use rand_core::CryptoRngCore;

use crate::meter::Meter;

/// Transfers that the client does in one task, before a page may draw again.
const SLICE: usize = 16;

/// Both parties' shares of one key, as stored.
pub(crate) struct Parties {
    client: Vec<u8>,
    co_signer: Vec<u8>,
}

/// Both parties' shares and halves of a pairing, as stored.
pub(crate) struct Paired {
    shares: Parties,
    client: Vec<u8>,
    co_signer: Vec<u8>,
}

/// Makes a key.
pub(crate) fn key_generation(rng: &mut impl CryptoRngCore) -> Result<(Parties, Meter), Abort> {
    let mut meter = Meter::default();
    let context = keygen::Context {
        wallet: WalletId::random(rng),
        scheme: Scheme::EcdsaSecp256k1,
        run: RunId::random(rng),
    };

    let (client, message) = meter.client(|| keygen::client_start(context.clone(), rng));
    let message = meter.send_to_co_signer(&message)?;
    let (co_signer, message) = meter.co_signer(|| keygen::co_signer_start(context, message, rng));
    let message = meter.send_to_client(&message)?;
    let (client, message) = meter.client(|| client.receive(message, rng))?;
    let message = meter.send_to_co_signer(&message)?;
    let (co_signer, message) = meter.co_signer(|| co_signer.receive(message))?;
    let message = meter.send_to_client(&message)?;
    let client = meter.client(|| client.receive(message))?;

    let shares = Parties {
        client: client.to_bytes().to_vec(),
        co_signer: co_signer.to_bytes().to_vec(),
    };
    Ok((shares, meter))
}

/// Refreshes both shares and makes a pairing in the same messages, as a claim does.
pub(crate) fn rotation(stored: &Parties, rng: &mut impl CryptoRngCore) -> Result<(Paired, Meter), Abort> {
    let mut meter = Meter::default();
    let (run, id, binding) = (RunId::random(rng), PairingId::random(rng), [7; 32]);

    let (client, message) = meter.client(|| {
        let share = Share::from_bytes(&stored.client)?;
        refresh::client_start(&share, run, &binding, rng)
    })?;
    let message = meter.send_to_co_signer(&message)?;
    let (co_signer, answering, message) = meter.co_signer(|| {
        let share = Share::from_bytes(&stored.co_signer)?;
        let (co_signer, offer) = refresh::co_signer_start(&share, run, &binding, message, rng)?;
        let (answering, transfers) = pairing::co_signer_start(id, rng);
        Ok::<_, Abort>((co_signer, answering, (offer, transfers)))
    })?;
    let (offer, transfers) = meter.send_to_client(&message)?;
    let (client, opening) = meter.client(|| client.receive(offer, rng))?;
    let transfers = meter.client(|| pairing::client_start(id, transfers))?;
    let (client_pairing, answer) = transfer(transfers, &mut meter, rng)?;
    let (opening, answer) = meter.send_to_co_signer(&(opening, answer))?;
    let (co_signer, co_signer_pairing, message) = meter.co_signer(|| {
        let (co_signer, proof) = co_signer.receive(opening, rng)?;
        Ok::<_, Abort>((co_signer, answering.receive(answer)?, proof))
    })?;
    let message = meter.send_to_client(&message)?;
    let client = meter.client(|| client.receive(message))?;

    let (client_pairing, client) = meter.client(|| (client_pairing.to_bytes(), client.to_bytes()));
    let (co_signer_pairing, co_signer) = meter.co_signer(|| (co_signer_pairing.to_bytes(), co_signer.to_bytes()));
    let shares = Parties {
        client: client.to_vec(),
        co_signer: co_signer.to_vec(),
    };
    let paired = Paired {
        shares,
        client: client_pairing.to_vec(),
        co_signer: co_signer_pairing.to_vec(),
    };
    Ok((paired, meter))
}

fn transfer(
    mut transfers: Transfers,
    meter: &mut Meter,
    rng: &mut impl CryptoRngCore,
) -> Result<(ClientPairing, pairing::TransferAnswer), Abort> {
    loop {
        match meter.client(|| transfers.advance(SLICE, rng))? {
            Progress::More(more) => transfers = more,
            Progress::Done(pairing, answer) => return Ok((pairing, answer)),
        }
    }
}

/// Makes one signature, which the client verifies.
pub(crate) fn sign(stored: &Paired, rng: &mut impl CryptoRngCore) -> Result<Meter, Abort> {
    let mut meter = Meter::default();
    let (run, digest) = (RunId::random(rng), Digest([42; 32]));

    let (client, query) = meter.client(|| {
        let share = Share::from_bytes(&stored.shares.client)?;
        let pairing = ClientPairing::from_bytes(&stored.client)?;
        signing::client_start(&share, &pairing, run, digest, rng)
    })?;
    let query = meter.send_to_co_signer(&query)?;
    let answer = meter.co_signer(|| {
        let share = Share::from_bytes(&stored.shares.co_signer)?;
        let pairing = CoSignerPairing::from_bytes(&stored.co_signer)?;
        signing::co_signer_answer(&share, &pairing, run, digest, query, rng)
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
        let (parties, _) = key_generation(&mut OsRng).unwrap();
        let (paired, _) = rotation(&parties, &mut OsRng).unwrap();
        sign(&paired, &mut OsRng).unwrap();
    }
}
