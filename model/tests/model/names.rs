//! The model's names are the code's.

use std::collections::BTreeSet;

use model::{Request, Step, Write};
use wallet::Phase;

const PHASES: [Phase; 8] = [
    Phase::Start,
    Phase::Passkey,
    Phase::Refresh,
    Phase::Prepare,
    Phase::Seal,
    Phase::Confirm,
    Phase::Commit,
    Phase::Promote,
];

#[test]
fn each_phase_that_a_claim_reports_is_a_step_of_the_model_and_they_come_in_the_same_order() {
    let steps = Step::ALL.iter().map(|step| step.as_str());
    let phases = PHASES.map(Phase::as_str);
    let shared: Vec<_> = steps.filter(|step| phases.contains(step)).collect();
    assert_eq!(shared, phases);
}

#[test]
fn each_request_is_a_step_of_the_model() {
    let steps: BTreeSet<_> = Step::ALL.iter().map(|step| step.as_str()).collect();
    for request in Request::ALL {
        assert!(steps.contains(request.as_str()), "{}", request.as_str());
    }
}

#[test]
fn each_write_of_the_model_is_one_of_the_co_signers() {
    let writes: BTreeSet<_> = cosigner::store::Write::ALL.iter().map(|write| write.as_str()).collect();
    for write in Write::ALL {
        assert!(writes.contains(write.as_str()), "{}", write.as_str());
    }
}

#[test]
fn each_write_of_the_clients_journal_is_a_step_of_the_model_but_for_those_that_no_claim_rests_on() {
    let steps: BTreeSet<_> = Step::JOURNALED.iter().map(|step| step.as_str()).collect();
    let writes: BTreeSet<_> = wallet::host::Write::ALL.iter().map(|write| write.as_str()).collect();
    let others: Vec<_> = writes.difference(&steps).copied().collect();
    assert_eq!(others, ["pair", "passkeys", "sweep"]);
    assert!(steps.is_subset(&writes));
}
