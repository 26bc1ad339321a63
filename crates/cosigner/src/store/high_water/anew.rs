//! The file, written anew with what it says in fewer levels.

use std::{
    fs::OpenOptions,
    io::{BufWriter, Write as _},
};

use super::{HighWater, Level, Levels, Result, checked, sync_folder};

impl HighWater {
    /// Writes the file anew, beside, with what it says and more: of each name the newest level alone. It takes the old one's place when it is
    /// on the disk, so that at every moment there is a whole one.
    ///
    /// # Errors
    /// Whatever the disk says: then the old one stays.
    pub(in crate::store) fn write_anew(&self, more: &[Level]) -> Result<()> {
        let written = self.alone(|file| {
            let mut levels = Levels::default();
            if let Err(damage) = self.each_alone(file, |level| levels.add(level))? {
                return Ok(Err(damage));
            }
            more.iter().cloned().for_each(|level| levels.add(level));
            self.write_beside(levels).map(Ok)
        });
        written.map_err(|error| self.wrong(&format!("can't be written anew ({error})")))?
    }

    fn write_beside(&self, levels: Levels) -> std::io::Result<()> {
        // Where the path is a link, what it leads to is written anew: the operator chose that disk.
        let path = std::fs::canonicalize(&self.path)?;
        let mut beside = path.clone().into_os_string();
        beside.push(".new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut writer = BufWriter::with_capacity(1 << 20, options.open(&beside)?);
        writer.write_all(&self.header())?;
        for (place, level) in (1..).zip(levels.into_levels()) {
            writer.write_all(&checked(&self.database, place, &level.body()))?;
        }
        writer
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?
            .sync_all()?;
        std::fs::rename(&beside, &path)?;
        sync_folder(&path)
    }
}
