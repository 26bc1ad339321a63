use super::*;

const DATABASE: [u8; 16] = [7; 16];

fn level(number: u64) -> Level {
    Level {
        kind: Kind::Epoch,
        name: vec![1; 16],
        number,
        copy: 0,
    }
}

/// A folder, and the path of a file in it that has this many levels.
fn with(levels: u64) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mark");
    let high_water = HighWater::open(&path, DATABASE, false).unwrap();
    let levels: Vec<_> = (0..levels).map(level).collect();
    high_water.append(&levels, || ()).unwrap();
    (folder, path)
}

fn reopened(path: &Path) -> HighWater {
    HighWater::open(path, DATABASE, true).unwrap()
}

/// Every level, oldest first.
fn read(high_water: &HighWater) -> Result<Vec<Level>> {
    let mut levels = Vec::new();
    high_water.each(|level| levels.push(level))?;
    Ok(levels)
}

/// Opens and reads what is there, after a change of its bytes.
fn after(path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> Result<Vec<Level>> {
    let mut bytes = std::fs::read(path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
    read(&HighWater::open(path, DATABASE, true)?)
}

#[test]
fn levels_are_read_as_they_were_added() {
    let (_folder, path) = with(0);
    let levels: Vec<_> = Kind::ALL
        .into_iter()
        .zip(1..)
        .map(|(kind, copy)| Level {
            kind,
            name: vec![copy; kind.name_length()],
            number: u64::MAX - u64::from(copy),
            copy: u32::from(copy),
        })
        .collect();
    let high_water = reopened(&path);
    for level in &levels {
        let written = std::cell::Cell::new(0);
        let count = || written.set(written.get() + 1);
        high_water.append(core::slice::from_ref(level), count).unwrap();
        assert_eq!(written.get(), 1);
    }
    assert_eq!(read(&reopened(&path)), Ok(levels));
}

#[test]
fn a_kind_is_known_by_its_name() {
    for kind in Kind::ALL {
        assert_eq!(Kind::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(Kind::parse("other"), None);
}

#[test]
fn a_file_has_the_form_that_is_written_down() {
    let (_folder, path) = with(1);
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes.len(), 128);
    assert_eq!(bytes[..10], *b"ck-mark\n\x01\x00");
    assert_eq!(bytes[10..26], DATABASE);
    // As reckoned in another language.
    assert_eq!(hex::encode(&bytes[48..64]), "0e49d8fbe4e51a1819929140e08217ab");
    assert_eq!((bytes[64], &bytes[65..81]), (1, &[1; 16][..]));
    assert_eq!(hex::encode(&bytes[112..]), "ba266b03374511beed55c420139543f1");
}

#[test]
fn what_an_append_left_half_done_is_cut_off() {
    // A part of a record, a record of another place, and what a disk makes of a page that was never written.
    for (cut, garbage) in [(63, 0), (1, 0), (64, 64), (64 * 3, 64 * 3 + 7), (0, 64 * 64)] {
        let (_folder, path) = with(5);
        let torn = |bytes: &mut Vec<u8>| {
            bytes.truncate(bytes.len() - cut);
            bytes.resize(bytes.len() + garbage, 0);
        };
        let left = 5 - cut.div_ceil(64) as u64;
        let expected: Vec<_> = (0..left).map(level).collect();
        assert_eq!(after(&path, torn), Ok(expected), "{cut} {garbage}");
        // What follows stands where it should.
        reopened(&path).append(&[level(9)], || ()).unwrap();
        assert_eq!(read(&reopened(&path)).unwrap().len() as u64, left + 1);
    }
}

#[test]
fn what_is_damaged_anywhere_else_is_told() {
    let damages: [fn(&mut Vec<u8>); 5] = [
        |bytes| bytes[64] ^= 1,
        |bytes| bytes[64 * 3 - 1] ^= 1,
        // One is missing from the middle; two have changed places.
        |bytes| drop(bytes.drain(64..128)),
        |bytes| bytes[64..192].rotate_left(64),
        |bytes| bytes.resize(bytes.len() + 64 * 65, 0),
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        let (_folder, path) = with(66);
        let said = after(&path, damage).unwrap_err();
        assert!(said.contains("is damaged: bring a whole one back"), "{number} {said}");
    }
}

#[test]
fn a_file_that_is_not_this_databases_or_not_of_this_release_is_told() {
    let (_folder, path) = with(1);
    let said = HighWater::open(&path, [8; 16], true).err().unwrap();
    assert!(said.contains("belongs to another database"), "{said}");
    let said = after(&path, |bytes| bytes[8] = 2).unwrap_err();
    assert!(said.contains("another release (version 2, this one reads 1)"), "{said}");
    for damage in [0, 20, 63] {
        let (_folder, path) = with(1);
        let said = after(&path, |bytes| bytes[damage] ^= 1).unwrap_err();
        assert!(said.contains("is damaged, or something else"), "{said}");
    }
    let (_folder, path) = with(0);
    let mut unknown = level(1).body();
    unknown.kind = 99;
    let said = after(&path, |bytes| bytes.extend(checked(&DATABASE, 1, &unknown))).unwrap_err();
    assert!(said.contains("levels that this one does not know"), "{said}");
}

#[test]
fn a_file_is_made_once_and_missed_afterwards() {
    let (folder, path) = with(1);
    assert_eq!(
        read(&HighWater::open(&path, DATABASE, false).unwrap()).unwrap().len(),
        1
    );
    // Made by half, and not used yet: begun anew.
    std::fs::write(&path, [0; 17]).unwrap();
    assert_eq!(read(&HighWater::open(&path, DATABASE, false).unwrap()), Ok(vec![]));
    std::fs::remove_file(&path).unwrap();
    let said = HighWater::open(&path, DATABASE, true).err().unwrap();
    assert!(said.contains("is not there") && said.contains("mark accept"), "{said}");
    assert!(!path.exists());
    let nowhere = folder.path().join("no").join("mark");
    let said = HighWater::open(&nowhere, DATABASE, false).err().unwrap();
    assert!(said.contains("can't be opened for writing"), "{said}");
}

#[test]
fn two_that_write_to_one_file_write_one_after_the_other() {
    let (_folder, path) = with(0);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let high_water = reopened(path);
                for number in 0..25 {
                    high_water.append(&[level(thread * 25 + number)], || ()).unwrap();
                }
            });
        }
    });
    let mut numbers: Vec<_> = read(&reopened(&path))
        .unwrap()
        .iter()
        .map(|level| level.number)
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..100).collect::<Vec<_>>());
}

#[test]
fn a_file_that_is_written_anew_says_the_same_in_fewer_levels() {
    let (folder, path) = with(200);
    let check = |number, copy| Level {
        kind: Kind::Credential,
        name: vec![2; 32],
        number,
        copy,
    };
    let other = reopened(&path);
    other.append(&[check(5, 1), check(5, 2), check(6, 1)], || ()).unwrap();
    let told = other.read().unwrap();
    assert_eq!((told.count(), told.outdone()), (203, 199));
    reopened(&path).write_anew(&[level(7), check(6, 1)]).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 64 * 5);
    // Whoever has the old one open adds to the new one.
    other.append(&[level(300)], || ()).unwrap();
    let mut levels = read(&reopened(&path)).unwrap();
    levels.sort_by_key(|level| (level.kind as u8, level.number, level.copy));
    assert_eq!(levels, [level(199), level(300), check(5, 1), check(5, 2), check(6, 1)]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[cfg(unix)]
#[test]
fn a_file_behind_a_link_is_written_anew_where_it_is() {
    let (folder, path) = with(70);
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let linked = reopened(&link);
    linked.write_anew(&[]).unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    linked.append(&[level(300)], || ()).unwrap();
    assert_eq!(read(&reopened(&path)), Ok(vec![level(69), level(300)]));
}

#[cfg(unix)]
#[test]
fn a_file_whose_name_is_gone_is_written_by_who_has_it_open() {
    let (_folder, path) = with(2);
    let high_water = reopened(&path);
    std::fs::remove_file(&path).unwrap();
    high_water.append(&[level(9)], || ()).unwrap();
    assert_eq!(read(&high_water).unwrap().len(), 3);
}

#[test]
fn a_file_that_can_not_be_written_anew_stays_as_it_is() {
    let (_folder, path) = with(70);
    std::fs::create_dir(path.with_extension("new")).unwrap();
    let high_water = reopened(&path);
    let said = high_water.write_anew(&[level(7)]).unwrap_err();
    assert!(said.contains("can't be written anew"), "{said}");
    assert_eq!(read(&high_water).unwrap().len(), 70);
    // Nor is one that is damaged.
    std::fs::remove_dir(path.with_extension("new")).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[70] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let said = reopened(&path).write_anew(&[]).unwrap_err();
    assert!(said.contains("is damaged"), "{said}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let full = HighWater {
        path: "/dev/full".into(),
        file: Mutex::new(OpenOptions::new().read(true).append(true).open("/dev/full").unwrap()),
        database: DATABASE,
    };
    let said = full.append(&[level(1)], || ()).unwrap_err();
    assert!(said.contains("can't be written (No space left on device"), "{said}");
}
