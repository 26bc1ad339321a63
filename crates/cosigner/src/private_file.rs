//! Files that hold what only the co-signer's user may read.

use std::{fs::File, path::Path};

/// Makes a file that must not be there yet, and that only this user can read, whatever the umask.
pub(crate) fn create_new(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
