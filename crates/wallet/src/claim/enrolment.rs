//! Passkey: made for this claim, with a PRF output to seal the shares to.

use wire::ceremony::Registration;

use super::{Phase, ceremony::Ceremony};
use crate::{
    Error, Fault,
    host::{CreatePasskey, CreatedPasskey, CreatedPrf, Host, PasskeyError, Passkeys, PrfOutput, UsePasskey},
    passkey::{MAX_CREDENTIAL, prf_input},
    vault::WrappingKey,
};

/// A new passkey, and the keys that come of it.
pub(super) struct Enrolment {
    pub(super) registration: Registration,
    pub(super) wrapping: WrappingKey,
}

impl Enrolment {
    /// Makes the passkey; asks it once more where the browser gives the PRF output only then.
    ///
    /// A passkey that turns out to be of no use is given up.
    pub(super) async fn make<H: Host>(ceremony: &Ceremony<'_, H>, name: &str) -> Result<Self, Error> {
        ceremony.report(Phase::Passkey, 0, 1);
        let terms = &ceremony.offer.terms;
        let options = CreatePasskey {
            rp_id: &terms.rp_id,
            rp_name: &terms.rp_name,
            user_handle: &terms.user_handle,
            user_name: name,
            challenge: &ceremony.offer.transcript,
            prf_input: &prf_input(),
            cancel: ceremony.cancel,
        };
        let CreatedPasskey { registration, prf } = ceremony.host().passkeys().create(options).await?;
        let made = Self::with_output(ceremony, &registration, prf).await;
        match made {
            Ok(wrapping) => {
                ceremony.report(Phase::Passkey, 1, 1);
                Ok(Self { registration, wrapping })
            }
            Err(error) => {
                ceremony
                    .host()
                    .passkeys()
                    .forget(&terms.rp_id, &registration.credential)
                    .await;
                Err(error)
            }
        }
    }

    async fn with_output<H: Host>(
        ceremony: &Ceremony<'_, H>,
        registration: &Registration,
        prf: CreatedPrf,
    ) -> Result<WrappingKey, Error> {
        let credential = &registration.credential;
        if credential.is_empty() || credential.len() > MAX_CREDENTIAL {
            return Err(PasskeyError::Failed.into());
        }
        let output = match prf {
            CreatedPrf::Output(output) => output,
            CreatedPrf::AtAssertion => ask(ceremony, credential).await?,
            CreatedPrf::Unavailable => return Err(PasskeyError::NoPrf.into()),
        };
        WrappingKey::new(output, credential, &ceremony.offer.terms.rp_id)
    }
}

async fn ask<H: Host>(ceremony: &Ceremony<'_, H>, credential: &[u8]) -> Result<PrfOutput, Error> {
    let options = UsePasskey {
        rp_id: &ceremony.offer.terms.rp_id,
        challenge: &ceremony.offer.transcript,
        credentials: &[credential.to_vec()],
        prf_input: &prf_input(),
        cancel: ceremony.cancel,
    };
    let used = ceremony.host().passkeys().get(options).await?;
    if used.assertion.credential != credential {
        return Err(Fault::Content("another passkey answered than the one that was made").into());
    }
    used.prf.ok_or(PasskeyError::NoPrf.into())
}
