//! Two honest parties whose randomness never changes, so that what one says today is what a corpus has of it.

use std::sync::LazyLock;

use mpc::{
    Digest, PairingId, Path, RunId, Scheme, Share, WalletId, ecdsa, eddsa, import, keygen,
    pairing::{self, ClientPairing, CoSignerPairing, Progress, TransferAnswer, TransferOffer},
    refresh,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

pub(crate) const WALLET: WalletId = WalletId([1; 16]);
pub(crate) const RUN: RunId = RunId([2; 16]);
pub(crate) const PAIRING: PairingId = PairingId([3; 16]);
pub(crate) const BINDING: [u8; 32] = [4; 32];
pub(crate) const DIGEST: Digest = Digest([5; 32]);

/// Randomness of one step.
pub(crate) fn rng(step: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(step)
}

pub(crate) struct Keygen {
    pub(crate) commitment: keygen::Commitment,
    pub(crate) offer: keygen::Offer,
    pub(crate) opening: keygen::Opening,
    pub(crate) confirmation: keygen::Confirmation,
    pub(crate) client: Share,
    pub(crate) co_signer: Share,
}

/// One of each for either scheme.
pub(crate) struct Both<T> {
    secp256k1: LazyLock<T>,
    ed25519: LazyLock<T>,
}

impl<T> Both<T> {
    pub(crate) fn of(&self, scheme: Scheme) -> &T {
        match scheme {
            Scheme::EcdsaSecp256k1 => &self.secp256k1,
            Scheme::EddsaEd25519 => &self.ed25519,
        }
    }
}

pub(crate) fn context(scheme: Scheme) -> keygen::Context {
    keygen::Context {
        wallet: WALLET,
        scheme,
        run: RUN,
    }
}

pub(crate) fn keygen_client(scheme: Scheme) -> (keygen::ClientAwaitingOffer, keygen::Commitment) {
    keygen::client_start(context(scheme), &mut rng(1)).unwrap()
}

pub(crate) fn keygen_co_signer(
    scheme: Scheme,
    commitment: keygen::Commitment,
) -> (keygen::CoSignerAwaitingOpening, keygen::Offer) {
    keygen::co_signer_start(context(scheme), commitment, &mut rng(2)).unwrap()
}

pub(crate) static KEYGEN: Both<Keygen> = Both {
    secp256k1: LazyLock::new(|| generate(Scheme::EcdsaSecp256k1)),
    ed25519: LazyLock::new(|| generate(Scheme::EddsaEd25519)),
};

/// The key that most targets are about.
pub(crate) fn ecdsa_key() -> &'static Keygen {
    KEYGEN.of(Scheme::EcdsaSecp256k1)
}

fn generate(scheme: Scheme) -> Keygen {
    let (client, commitment) = keygen_client(scheme);
    let (co_signer, offer) = keygen_co_signer(scheme, commitment.clone());
    let (client, opening) = client.receive(offer.clone()).unwrap();
    let (co_signer, confirmation) = co_signer.receive(opening.clone()).unwrap();
    let client = client.receive(confirmation.clone()).unwrap();
    Keygen {
        commitment,
        offer,
        opening,
        confirmation,
        client,
        co_signer,
    }
}

pub(crate) struct Refresh {
    pub(crate) commitment: refresh::Commitment,
    pub(crate) offer: refresh::Offer,
    pub(crate) opening: refresh::Opening,
    pub(crate) proof: refresh::Proof,
    pub(crate) evidence: refresh::Evidence,
}

pub(crate) fn refresh_client(scheme: Scheme) -> (refresh::ClientAwaitingOffer, refresh::Commitment) {
    refresh::client_start(&KEYGEN.of(scheme).client, RUN, &BINDING, &mut rng(4)).unwrap()
}

pub(crate) fn refresh_co_signer(
    scheme: Scheme,
    commitment: refresh::Commitment,
) -> (refresh::CoSignerAwaitingOpening, refresh::Offer) {
    refresh::co_signer_start(&KEYGEN.of(scheme).co_signer, RUN, &BINDING, commitment, &mut rng(5)).unwrap()
}

pub(crate) static REFRESH: Both<Refresh> = Both {
    secp256k1: LazyLock::new(|| refresh(Scheme::EcdsaSecp256k1)),
    ed25519: LazyLock::new(|| refresh(Scheme::EddsaEd25519)),
};

fn refresh(scheme: Scheme) -> Refresh {
    let (client, commitment) = refresh_client(scheme);
    let (co_signer, offer) = refresh_co_signer(scheme, commitment.clone());
    let (_, opening) = client.receive(offer.clone(), &mut rng(6)).unwrap();
    let (_, proof, evidence) = co_signer.receive_with_evidence(opening.clone(), &mut rng(7)).unwrap();
    Refresh {
        commitment,
        offer,
        opening,
        proof,
        evidence,
    }
}

/// What a back end deals the co-signer when it brings a key along.
pub(crate) fn deal(scheme: Scheme) -> import::Deal {
    let (_, deal) = import::client_start(&context(scheme), &[7; 32], [8; 32], &mut rng(12)).unwrap();
    deal
}

pub(crate) struct Paired {
    pub(crate) offer: TransferOffer,
    pub(crate) answer: TransferAnswer,
    pub(crate) client: ClientPairing,
    pub(crate) co_signer: CoSignerPairing,
}

pub(crate) fn pairing_co_signer() -> (pairing::CoSignerAwaitingAnswer, TransferOffer) {
    pairing::co_signer_start(PAIRING, &mut rng(8))
}

pub(crate) static PAIRED: LazyLock<Paired> = LazyLock::new(|| {
    let (state, offer) = pairing_co_signer();
    let transfers = pairing::client_start(PAIRING, offer.clone()).unwrap();
    let Progress::Done(client, answer) = transfers.advance(pairing::Transfers::COUNT, &mut rng(9)).unwrap() else {
        panic!("all transfers were done");
    };
    let co_signer = state.receive(answer.clone()).unwrap();
    Paired {
        offer,
        answer,
        client,
        co_signer,
    }
});

pub(crate) fn signing_client() -> (ecdsa::ClientAwaitingAnswer, ecdsa::Query) {
    let share = &ecdsa_key().client;
    ecdsa::client_start(share, &Path::root(), &PAIRED.client, RUN, DIGEST, &mut rng(10)).unwrap()
}

pub(crate) fn signing_answer(query: ecdsa::Query) -> Result<ecdsa::Answer, mpc::Abort> {
    let share = &ecdsa_key().co_signer;
    ecdsa::co_signer_answer(
        share,
        &Path::root(),
        &PAIRED.co_signer,
        RUN,
        DIGEST,
        query,
        &mut rng(11),
    )
}

pub(crate) static SIGNING: LazyLock<(ecdsa::Query, ecdsa::Answer)> = LazyLock::new(|| {
    let (_, query) = signing_client();
    let answer = signing_answer(query.clone()).unwrap();
    (query, answer)
});

pub(crate) fn eddsa_client() -> (eddsa::ClientAwaitingAnswer, eddsa::Query) {
    let share = &KEYGEN.of(Scheme::EddsaEd25519).client;
    eddsa::client_start(share, RUN, &DIGEST.0, &mut rng(13)).unwrap()
}

pub(crate) fn eddsa_answer(query: eddsa::Query) -> Result<eddsa::Answer, mpc::Abort> {
    let share = &KEYGEN.of(Scheme::EddsaEd25519).co_signer;
    eddsa::co_signer_answer(share, RUN, &DIGEST.0, query, &mut rng(14))
}

pub(crate) static EDDSA: LazyLock<(eddsa::Query, eddsa::Answer)> = LazyLock::new(|| {
    let (_, query) = eddsa_client();
    let answer = eddsa_answer(query.clone()).unwrap();
    (query, answer)
});
