//! claimkit
