//! Bodies: read up to a limit, within a time, and within a budget of what all of them may hold while they come.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::body::Body;
use futures_util::StreamExt;

use crate::api_error::ApiError;

/// What bodies may hold at once, of all callers and of one address, in bytes.
const TOTAL: usize = 64 << 20;
const SHARE: usize = 8 << 20;

/// What bodies hold, until their requests are answered.
pub(crate) struct Bodies {
    total: usize,
    share: usize,
    held: Mutex<HeldBytes>,
}

#[derive(Default)]
struct HeldBytes {
    all: usize,
    /// By address, as far as one is known and shows no API key.
    of: HashMap<[u8; 8], usize>,
}

/// A body that has arrived, and its part of the budget.
pub(crate) struct Arrived {
    pub(crate) bytes: Vec<u8>,
    _held: Held,
}

struct Held {
    bodies: Arc<Bodies>,
    address: Option<[u8; 8]>,
    bytes: usize,
}

impl Bodies {
    pub(crate) fn new() -> Arc<Self> {
        Self::within(TOTAL, SHARE)
    }

    fn within(total: usize, share: usize) -> Arc<Self> {
        Arc::new(Self {
            total,
            share,
            held: Mutex::default(),
        })
    }

    /// Reads a body of at most `limit` bytes.
    ///
    /// # Errors
    /// `invalid_argument` for a longer one, or one that breaks off; `rate_limited` where there is no room for it;
    /// `co_signer_unreachable` for one that is not whole in time.
    pub(crate) async fn read(
        self: &Arc<Self>,
        body: Body,
        limit: usize,
        address: Option<[u8; 8]>,
        time: Duration,
    ) -> Result<Arrived, ApiError> {
        let arriving = async {
            let mut held = Held {
                bodies: self.clone(),
                address,
                bytes: 0,
            };
            let (mut stream, mut bytes) = (body.into_data_stream(), Vec::new());
            while let Some(part) = stream.next().await {
                let part = part.map_err(|error| ApiError::invalid("the body did not arrive whole").because(error))?;
                if part.len() > limit - bytes.len() {
                    return Err(too_long());
                }
                held.add(part.len())?;
                bytes.extend_from_slice(&part);
            }
            Ok(Arrived { bytes, _held: held })
        };
        let arrived = tokio::time::timeout(time, arriving).await;
        arrived.unwrap_or_else(|_| Err(ApiError::too_slow().because("the body came too slowly")))
    }
}

pub(crate) fn too_long() -> ApiError {
    ApiError::invalid("the body is longer than this request may be")
}

impl Held {
    fn add(&mut self, bytes: usize) -> Result<(), ApiError> {
        let mut held = self.bodies.held.lock().unwrap_or_else(PoisonError::into_inner);
        let own = self
            .address
            .map(|address| held.of.get(&address).copied().unwrap_or_default());
        if held.all + bytes > self.bodies.total || own.is_some_and(|own| own + bytes > self.bodies.share) {
            return Err(ApiError::busy().because("bodies that are coming hold what they may"));
        }
        held.all += bytes;
        if let Some(address) = self.address {
            *held.of.entry(address).or_default() += bytes;
        }
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.bodies.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.all -= self.bytes;
        if let Some(address) = self.address
            && let Some(own) = held.of.get_mut(&address)
        {
            *own -= self.bytes;
            if *own == 0 {
                held.of.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wire::ErrorCode;

    use super::*;

    const TIME: Duration = Duration::from_secs(600);

    async fn read(bodies: &Arc<Bodies>, length: usize, address: Option<u8>) -> Result<Arrived, ErrorCode> {
        let address = address.map(|address| [address; 8]);
        let read = bodies.read(Body::from(vec![1; length]), 100, address, TIME).await;
        read.map_err(|error| error.code())
    }

    #[tokio::test]
    async fn bodies_of_one_address_leave_room_for_others() {
        let bodies = Bodies::within(250, 100);
        let one = read(&bodies, 60, Some(1)).await.unwrap();
        assert_eq!(one.bytes, [1; 60]);
        assert_eq!(read(&bodies, 41, Some(1)).await.err(), Some(ErrorCode::RateLimited));
        let two = read(&bodies, 40, Some(1)).await.unwrap();
        let of_others = (
            read(&bodies, 100, Some(2)).await.unwrap(),
            read(&bodies, 50, None).await.unwrap(),
        );
        assert_eq!(read(&bodies, 1, Some(3)).await.err(), Some(ErrorCode::RateLimited));
        drop((one, of_others));
        let _three = read(&bodies, 60, Some(1)).await.unwrap();
        assert_eq!(read(&bodies, 1, Some(1)).await.err(), Some(ErrorCode::RateLimited));
        drop(two);
        assert_eq!(bodies.held.lock().unwrap().all, 60);
    }

    #[tokio::test]
    async fn a_body_over_its_limit_or_broken_off_holds_nothing() {
        let bodies = Bodies::within(1000, 1000);
        assert_eq!(read(&bodies, 101, None).await.err(), Some(ErrorCode::InvalidArgument));
        let parts = [Ok(vec![1; 50]), Err(std::io::Error::other("broken off"))];
        let broken = Body::from_stream(futures_util::stream::iter(parts));
        let refused = bodies.read(broken, 100, Some([1; 8]), TIME).await;
        assert_eq!(
            refused.err().map(|error| error.code()),
            Some(ErrorCode::InvalidArgument)
        );
        let held = bodies.held.lock().unwrap();
        assert_eq!((held.all, held.of.len()), (0, 0));
    }
}
