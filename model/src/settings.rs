//! The settings that are explored: in every test run, and in the long one.

use crate::rule::{Pages, Setting};

/// One page of one browser, and nothing but lost, late and dead.
pub const ONE: Setting = Setting {
    name: "one page",
    pages: Pages::One,
    synced: false,
    rotates: false,
    signs: false,
    replays: false,
    wipes: 0,
    broken: 0,
    claimed: false,
    without: &[],
};

/// One page, and everything that may go wrong at once.
pub const ALL_AT_ONCE: Setting = Setting {
    name: "one page, everything at once",
    signs: true,
    replays: true,
    wipes: 1,
    broken: 1,
    ..ONE
};

/// Two tabs of one browser.
pub const TABS: Setting = Setting {
    name: "two tabs",
    pages: Pages::TwoTabs,
    wipes: 1,
    ..ONE
};

/// Two devices of one person, each with an authenticator of its own.
pub const DEVICES: Setting = Setting {
    name: "two devices",
    pages: Pages::TwoDevices,
    ..ONE
};

/// Two devices of one person with one synced authenticator.
pub const SYNCED: Setting = Setting {
    name: "two devices, synced passkeys",
    synced: true,
    ..DEVICES
};

/// What every test run explores.
pub const SETTINGS: &[Setting] = &[
    ONE,
    ALL_AT_ONCE,
    Setting {
        name: "one page, claim and rotations",
        rotates: true,
        replays: true,
        wipes: 1,
        ..ONE
    },
    Setting {
        name: "two tabs, requests come again",
        replays: true,
        ..TABS
    },
    Setting {
        name: "two tabs, rotations",
        rotates: true,
        claimed: true,
        ..TABS
    },
    Setting {
        name: "two devices, requests come again",
        replays: true,
        ..DEVICES
    },
    Setting { wipes: 1, ..SYNCED },
    Setting {
        name: "two devices, synced passkeys, rotations",
        rotates: true,
        claimed: true,
        ..SYNCED
    },
];

/// What the long test run explores besides.
pub const LONG: &[Setting] = &[
    Setting {
        name: "one page, everything at once, claim and rotations",
        rotates: true,
        wipes: 2,
        ..ALL_AT_ONCE
    },
    Setting {
        name: "two tabs, claim and rotations, requests come again",
        rotates: true,
        replays: true,
        ..TABS
    },
    Setting {
        name: "two devices, synced passkeys, claim and rotations",
        rotates: true,
        wipes: 1,
        ..SYNCED
    },
    Setting {
        name: "two devices, synced passkeys, requests come again",
        replays: true,
        wipes: 1,
        ..SYNCED
    },
];
