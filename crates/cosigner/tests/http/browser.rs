//! A browser that claims, step by step, so that a test can stand between two steps; and its passkey.

use ciborium::{Value, cbor};
use mpc::{
    PairingId, RunId, Scheme, Share, Signature, WalletId,
    channel::ChannelKey,
    pairing::{self, ClientPairing},
    refresh,
};
use p256::{
    ecdsa::{DerSignature, SigningKey, signature::Signer},
    elliptic_curve::Generate,
};
use rand_core::OsRng;
use sha2::{Digest, Sha256};
use wire::{
    ErrorCode, Receipt, Recipient, Ticket,
    ceremony::{
        Assertion, ClaimAcknowledge, ClaimCommit, ClaimConfirm, ClaimOffer, ClaimPasskey, ClaimPrepare, ClaimRefresh,
        ClaimRefreshOffer, ClaimStart, DeviceName, NewPasskey, Registration, RotationStart, SealedCopy, UnlockFinish,
        UnlockOffer, UnlockStart, Unlocked,
    },
    statement::{
        CLAIM_SESSION, CLAIM_TRANSCRIPT, ClaimStatement, ClaimTranscript, ClaimedKey, ClaimedSession, Ground,
        UNLOCK_TRANSCRIPT, UnlockTranscript, to_bytes,
    },
};

use crate::world::{ORIGIN, RP_ID, Signing, World, next, public, random_key, request_key, sealed_by, transfers};

pub(crate) struct Browser {
    pub(crate) key: ChannelKey,
    /// The key of the session that its claims end in.
    pub(crate) session: ChannelKey,
    passkey: SigningKey,
    pub(crate) credential: Vec<u8>,
    /// Where the page is that asks for the passkey.
    pub(crate) origin: &'static str,
}

/// What browser and authenticator say of a passkey's use.
pub(crate) struct Said<'a> {
    /// 1 is user presence, 4 user verification.
    pub(crate) flags: u8,
    pub(crate) challenge: &'a [u8; 32],
    pub(crate) origin: &'a str,
    pub(crate) is_cross_origin: bool,
}

impl<'a> Said<'a> {
    /// What honest ones say.
    pub(crate) fn of(challenge: &'a [u8; 32]) -> Self {
        Self {
            flags: 0x05,
            challenge,
            origin: ORIGIN,
            is_cross_origin: false,
        }
    }
}

/// A claim that was started.
#[derive(Clone)]
pub(crate) struct Started {
    pub(crate) transcript: ClaimTranscript,
    pub(crate) offer: ClaimOffer,
}

/// A claim whose refresh is under way.
pub(crate) struct Refreshed {
    pub(crate) prepare: ClaimPrepare,
    states: Vec<refresh::ClientAwaitingProof>,
    pairing: Option<ClientPairing>,
    pub(crate) started: Started,
}

/// A claim whose next shares are pending.
pub(crate) struct Prepared {
    pub(crate) shares: Vec<Share>,
    /// What the refresh of each proved.
    pub(crate) evidence: Vec<refresh::Evidence>,
    /// Where a share signs with ECDSA.
    pub(crate) pairing: Option<ClientPairing>,
    pub(crate) started: Started,
}

/// A confirmation to be sent.
pub(crate) struct Confirming {
    pub(crate) confirm: ClaimConfirm,
    states: Vec<Signing>,
}

impl Refreshed {
    pub(crate) fn pairing_id(&self) -> Option<PairingId> {
        self.pairing.as_ref().map(ClientPairing::id)
    }
}

impl Browser {
    pub(crate) fn new() -> Self {
        let passkey = SigningKey::generate();
        let credential = passkey.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        Self {
            key: random_key(),
            session: random_key(),
            passkey,
            credential,
            origin: ORIGIN,
        }
    }

    pub(crate) async fn start(&self, world: &World, ticket: Ticket, shares: &[&Share]) -> Result<Started, ErrorCode> {
        let keys = shares.iter().map(|share| ClaimedKey::of(share.info()).unwrap());
        self.started_by(world, self.start_of(ticket, keys.collect())).await
    }

    pub(crate) async fn started_by(&self, world: &World, start: ClaimStart) -> Result<Started, ErrorCode> {
        let offer = world.call(&sealed_by(&self.key), &start).await?;
        let session = offer.session.unwrap();
        world.hear(session.process);
        let transcript = ClaimTranscript {
            claim: offer.claim,
            nonce: offer.nonce,
            rp_id: offer.rp_id.clone(),
            browser: public(&self.key),
            ground: Ground::Ticket {
                nonce: start.ticket.body.nonce,
                session: ClaimedSession {
                    id: session.id,
                    key: start.session,
                    request_key: start.request_key,
                    expires_at: session.expires_at,
                    terms: session.terms,
                },
            },
            keys: start.keys,
        };
        Ok(Started { transcript, offer })
    }

    /// What asks for a claim of these keys.
    pub(crate) fn start_of(&self, ticket: Ticket, keys: Vec<ClaimedKey>) -> ClaimStart {
        ClaimStart {
            ticket,
            keys,
            session: public(&self.session),
            request_key: request_key(&self.session),
        }
    }

    /// Asks for a rotation: by a browser whose key is the session's.
    pub(crate) async fn start_rotation(&self, world: &World, shares: &[&Share]) -> Result<Started, ErrorCode> {
        let keys: Vec<_> = shares
            .iter()
            .map(|share| ClaimedKey::of(share.info()).unwrap())
            .collect();
        let start = RotationStart { keys: keys.clone() };
        let offer = world.call(&sealed_by(&self.key), &start).await?;
        let transcript = ClaimTranscript {
            claim: offer.claim,
            nonce: offer.nonce,
            rp_id: offer.rp_id.clone(),
            browser: public(&self.key),
            ground: Ground::Session {
                credential: self.credential.clone(),
                passkeys: offer.passkeys.clone(),
            },
            keys,
        };
        Ok(Started { transcript, offer })
    }

    /// The same browser with another key: that of a session.
    pub(crate) fn with_key(&self, key: ChannelKey) -> Self {
        Self {
            key,
            session: random_key(),
            passkey: self.passkey.clone(),
            credential: self.credential.clone(),
            origin: self.origin,
        }
    }

    pub(crate) async fn refresh(
        &self,
        world: &World,
        started: Started,
        shares: &[&Share],
    ) -> Result<Refreshed, ErrorCode> {
        let run = RunId::random(&mut OsRng);
        let binding = started.hash();
        let (states, commitments): (Vec<_>, Vec<_>) = shares
            .iter()
            .map(|share| refresh::client_start(share, run, &binding, &mut OsRng).unwrap())
            .unzip();
        let pairing = shares
            .iter()
            .any(|share| share.info().scheme == Scheme::EcdsaSecp256k1)
            .then(|| PairingId::random(&mut OsRng));
        let refresh = ClaimRefresh {
            claim: started.offer.claim,
            run,
            pairing,
            commitments,
        };
        let ClaimRefreshOffer {
            offers,
            transfers: offer,
        } = world.call(&sealed_by(&self.key), &refresh).await?;
        let (states, openings) = states
            .into_iter()
            .zip(offers)
            .map(|(state, offer)| state.receive(offer, &mut OsRng).unwrap())
            .unzip();
        assert_eq!(pairing.is_some(), offer.is_some());
        let (pairing, answer) = pairing
            .zip(offer)
            .map(|(id, offer)| transfers(pairing::client_start(id, offer).unwrap()))
            .unzip();
        let prepare = ClaimPrepare {
            claim: started.offer.claim,
            openings,
            transfers: answer,
        };
        Ok(Refreshed {
            prepare,
            states,
            pairing,
            started,
        })
    }

    pub(crate) async fn prepare(&self, world: &World, refreshed: Refreshed) -> Result<Prepared, ErrorCode> {
        let answer = world.call(&sealed_by(&self.key), &refreshed.prepare).await?;
        let (shares, evidence) = refreshed
            .states
            .into_iter()
            .zip(answer.proofs)
            .map(|(state, proof)| state.receive_with_evidence(proof).unwrap())
            .unzip();
        Ok(Prepared {
            shares,
            evidence,
            pairing: refreshed.pairing,
            started: refreshed.started,
        })
    }

    pub(crate) fn confirming(&self, prepared: &Prepared) -> Confirming {
        let (states, queries) = prepared
            .shares
            .iter()
            .zip(&prepared.started.transcript.keys)
            .map(|(share, key)| {
                let run = RunId::random(&mut OsRng);
                let digest = self.statement(prepared, key).digest();
                let share = share.for_statement(&digest).unwrap();
                let (state, query) = Signing::start(&share, &prepared.pairing, run, digest);
                (state, (run, query))
            })
            .unzip();
        let confirm = ClaimConfirm {
            claim: prepared.started.offer.claim,
            passkey: match prepared.started.transcript.ground {
                Ground::Ticket { .. } => ClaimPasskey::New {
                    passkey: self.new_passkey(&prepared.started.hash()),
                    assertion: self.assert(&prepared.started.session_hash()),
                },
                Ground::Session { .. } => ClaimPasskey::Own(self.assert(&prepared.started.hash())),
            },
            copies: prepared.shares.iter().map(copy_of).collect(),
            queries,
        };
        Confirming { confirm, states }
    }

    pub(crate) async fn confirm(&self, world: &World, prepared: &Prepared) -> Result<ClaimCommit, ErrorCode> {
        let confirming = self.confirming(prepared);
        let answer = world.call(&sealed_by(&self.key), &confirming.confirm).await?;
        let signatures: Vec<Signature> = confirming
            .states
            .into_iter()
            .zip(answer.answers)
            .map(|(state, answer)| state.finish(answer).unwrap())
            .collect();
        let begins = prepared.started.offer.session.is_some();
        Ok(ClaimCommit {
            claim: prepared.started.offer.claim,
            signatures,
            device: begins.then(|| DeviceName::new("the claim's").unwrap()),
        })
    }

    pub(crate) async fn commit(&self, world: &World, commit: &ClaimCommit) -> Result<Vec<Receipt>, ErrorCode> {
        Ok(world.call(&sealed_by(&self.key), commit).await?.receipts)
    }

    pub(crate) async fn acknowledge(&self, world: &World, claim: [u8; 16]) -> Result<(), ErrorCode> {
        world
            .call(&sealed_by(&self.key), &ClaimAcknowledge { claim })
            .await
            .map(drop)
    }

    /// Everything up to the pending shares.
    pub(crate) async fn prepared(&self, world: &World, shares: &[&Share]) -> Prepared {
        let ticket = world.ticket(shares, &self.key);
        let started = self.start(world, ticket, shares).await.unwrap();
        let refreshed = self.refresh(world, started, shares).await.unwrap();
        self.prepare(world, refreshed).await.unwrap()
    }

    /// A whole claim, without the acknowledgement.
    pub(crate) async fn claim(&self, world: &World, shares: &[&Share]) -> (Prepared, Vec<Receipt>) {
        let prepared = self.prepared(world, shares).await;
        let commit = self.confirm(world, &prepared).await.unwrap();
        let receipts = self.commit(world, &commit).await.unwrap();
        (prepared, receipts)
    }

    pub(crate) fn statement(&self, prepared: &Prepared, key: &ClaimedKey) -> ClaimStatement {
        let keys = &prepared.started.transcript.keys;
        let place = keys.iter().position(|of| of.wallet == key.wallet).unwrap();
        ClaimStatement {
            wallet: key.wallet,
            public_key: key.public_key,
            epoch: next(key.epoch),
            transcript: prepared.started.hash(),
            evidence: prepared.evidence[place].clone(),
            credential: self.credential.clone(),
        }
    }

    // ── The passkey ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// As shares are sealed to it.
    pub(crate) fn recipient(&self) -> Recipient {
        let seed = Sha256::digest(&self.credential);
        Recipient {
            credential: self.credential.clone(),
            key: public(&ChannelKey::from_seed(&seed.into())),
        }
    }

    pub(crate) fn new_passkey(&self, challenge: &[u8; 32]) -> NewPasskey {
        NewPasskey {
            registration: self.register(challenge),
            key: self.recipient().key,
            name: DeviceName::new("a phone").unwrap(),
        }
    }

    pub(crate) fn register(&self, challenge: &[u8; 32]) -> Registration {
        self.register_saying(self.said(challenge))
    }

    /// A registration that says this, and that there is a credential.
    pub(crate) fn register_saying(&self, said: Said<'_>) -> Registration {
        let point = self.passkey.verifying_key().to_sec1_point(false);
        let (x, y) = (
            Value::Bytes(point.x().unwrap().to_vec()),
            Value::Bytes(point.y().unwrap().to_vec()),
        );
        let cose = cbor!({ 1 => 2, 3 => -7, -1 => 1, -2 => x, -3 => y }).unwrap();
        let length = u16::try_from(self.credential.len()).unwrap().to_be_bytes();
        let data = [
            head(said.flags | 0x40),
            vec![0; 16],
            length.to_vec(),
            self.credential.clone(),
            encoded(&cose),
        ]
        .concat();
        let object = cbor!({ "fmt" => "none", "attStmt" => {}, "authData" => Value::Bytes(data) }).unwrap();
        Registration {
            credential: self.credential.clone(),
            attestation_object: encoded(&object),
            client_data_json: client_data("webauthn.create", &said),
        }
    }

    pub(crate) fn assert(&self, challenge: &[u8; 32]) -> Assertion {
        self.assert_with(0x05, challenge)
    }

    /// What an honest page where this one is says.
    pub(crate) fn said<'a>(&self, challenge: &'a [u8; 32]) -> Said<'a> {
        Said {
            origin: self.origin,
            ..Said::of(challenge)
        }
    }

    /// An assertion with these flags: 1 is user presence, 4 user verification.
    pub(crate) fn assert_with(&self, flags: u8, challenge: &[u8; 32]) -> Assertion {
        self.assert_saying(Said {
            flags,
            ..self.said(challenge)
        })
    }

    /// An assertion with this counter.
    pub(crate) fn assert_counting(&self, count: u32, challenge: &[u8; 32]) -> Assertion {
        let authenticator_data = counting_head(0x05, count);
        self.assert_with_data(authenticator_data, &self.said(challenge))
    }

    /// An assertion that says this.
    pub(crate) fn assert_saying(&self, said: Said<'_>) -> Assertion {
        self.assert_with_data(head(said.flags), &said)
    }

    fn assert_with_data(&self, authenticator_data: Vec<u8>, said: &Said<'_>) -> Assertion {
        let client_data_json = client_data("webauthn.get", said);
        let signed = [
            authenticator_data.as_slice(),
            Sha256::digest(&client_data_json).as_slice(),
        ]
        .concat();
        let signature: DerSignature = self.passkey.sign(&signed);
        Assertion {
            credential: self.credential.clone(),
            authenticator_data,
            client_data_json,
            signature: signature.as_bytes().to_vec(),
        }
    }

    // ── Sessions ────────────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) async fn unlock(
        &self,
        world: &World,
        session: &ChannelKey,
        shares: &[&Share],
    ) -> Result<Unlocked, ErrorCode> {
        let start = start(shares.iter().map(|share| share.info().wallet).collect(), session);
        let offer = world.call(&sealed_by(session), &start).await?;
        world.hear(offer.process);
        let finish = finish(self.assert(&unlock_hash(&start, &offer, session)));
        world.call(&sealed_by(session), &finish).await
    }
}

impl Started {
    pub(crate) fn hash(&self) -> [u8; 32] {
        mpc::tags::hash(CLAIM_TRANSCRIPT, &[&to_bytes(&self.transcript)])
    }

    /// What the new passkey signs first.
    pub(crate) fn session_hash(&self) -> [u8; 32] {
        mpc::tags::hash(CLAIM_SESSION, &[&to_bytes(&self.transcript)])
    }
}

/// The end of an unlock, by a device that says nothing of itself.
pub(crate) fn finish(assertion: Assertion) -> UnlockFinish {
    UnlockFinish {
        assertion,
        device: DeviceName::default(),
        ends_others: false,
    }
}

/// The start of an unlock of these wallets.
pub(crate) fn start(wallets: Vec<WalletId>, session: &ChannelKey) -> UnlockStart {
    UnlockStart {
        wallets,
        request_key: request_key(session),
    }
}

pub(crate) fn unlock_hash(start: &UnlockStart, offer: &UnlockOffer, session: &ChannelKey) -> [u8; 32] {
    let transcript = UnlockTranscript {
        nonce: offer.nonce,
        rp_id: offer.rp_id.clone(),
        session: public(session),
        request_key: start.request_key,
        wallets: start.wallets.clone(),
        expires_at: offer.expires_at,
    };
    mpc::tags::hash(UNLOCK_TRANSCRIPT, &[&to_bytes(&transcript)])
}

fn head(flags: u8) -> Vec<u8> {
    counting_head(flags, 0)
}

fn counting_head(flags: u8, count: u32) -> Vec<u8> {
    [Sha256::digest(RP_ID).as_slice(), &[flags], &count.to_be_bytes()].concat()
}

fn client_data(r#type: &str, said: &Said<'_>) -> Vec<u8> {
    use base64ct::{Base64UrlUnpadded, Encoding};
    let challenge = Base64UrlUnpadded::encode_string(said.challenge);
    let (origin, is_cross_origin) = (said.origin, said.is_cross_origin);
    format!(r#"{{"type":"{type}","challenge":"{challenge}","origin":"{origin}","crossOrigin":{is_cross_origin}}}"#)
        .into_bytes()
}

fn encoded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// What stands for the sealed share of a wallet: the co-signer can't tell the difference.
pub(crate) fn copy_of(share: &Share) -> SealedCopy {
    SealedCopy(
        [
            &share.info().wallet.0[..],
            b" sealed at epoch ",
            &share.info().epoch.0.to_le_bytes(),
        ]
        .concat(),
    )
}
