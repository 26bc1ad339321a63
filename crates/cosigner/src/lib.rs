//! cosigner
