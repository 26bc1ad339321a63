//! What secrets leave behind: the tests of this package look through every block of memory that a protocol frees.
//!
//! A package of its own, since looking needs an allocator, an allocator needs `unsafe`, and no other package may have any.
