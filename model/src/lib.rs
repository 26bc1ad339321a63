//! The claim and the rotation as an explicit model: both sides, their disks, the line between them, and all that may go wrong,
//! explored exhaustively (docs/claim.md).

mod action;
mod canon;
mod client;
mod co_signer;
mod edges;
mod explore;
mod line;
mod names;
mod pair;
mod property;
mod quiet;
mod rule;
mod run;
mod settings;
mod state;

pub use action::{Action, Next, actions, next};
pub use co_signer::Late;
pub use edges::{Edges, Stored};
pub use explore::{Graph, Until, begin};
pub use names::{Request, Step, Write};
pub use pair::{Pair, Side};
pub use property::{Property, SIGHTS, Sight, WIPED};
pub use quiet::{Will, is_good_end, quiet};
pub use rule::{Pages, Rule, Setting};
pub use run::{Run, Runs};
pub use settings::{ALL_AT_ONCE, DEVICES, LONG, ONE, SETTINGS, SYNCED, TABS};
pub use state::{
    At, CoSigner, Heard, Journal, Kind, Page, Passkey, Passkeys, Pending, Phase, Recorded, Refreshing, Sealed, Signing,
    State,
};
