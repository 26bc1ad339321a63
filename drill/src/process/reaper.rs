//! Who lives: holds both processes, sees every event, and kills where the plan says.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    process::Child,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    plan::{Blow, Event},
    service::{Files, Service},
};

struct Inner {
    blows: VecDeque<Blow>,
    /// How often the next blow's event went by.
    passed: u64,
    fallen: usize,
    /// Whether events count.
    is_armed: bool,
    client: Option<Child>,
    service: Option<Service>,
    /// How many requests find nobody there yet.
    outage: u64,
    /// Every event that counted, and every blow.
    trace: Vec<String>,
    /// What went wrong with the co-signer, where nobody had killed it.
    broken: Option<String>,
    /// Whether the run is over.
    is_over: bool,
}

/// Shared by the person and the line.
pub(super) struct Reaper {
    inner: Mutex<Inner>,
    /// Held while the line carries something.
    carrying: Mutex<()>,
    pub(super) files: Files,
}

impl Reaper {
    /// Kills in this order, once it is armed.
    pub(super) fn new(files: Files, blows: &[Blow]) -> Self {
        let inner = Inner {
            blows: blows.iter().copied().collect(),
            passed: 0,
            fallen: 0,
            is_armed: false,
            client: None,
            service: None,
            outage: 0,
            trace: Vec::new(),
            broken: None,
            is_over: false,
        };
        Self {
            inner: Mutex::new(inner),
            carrying: Mutex::default(),
            files,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on events count, or no longer.
    pub(super) fn arm(&self, is_armed: bool) {
        let mut inner = self.inner();
        inner.is_armed = is_armed;
        inner.outage = 0;
    }

    /// An event goes by; somebody may be dead when this returns. Whether the co-signer outlived it.
    pub(super) fn pass(&self, event: Event, about: &str) -> bool {
        self.inner().pass(event, about)
    }

    /// Whether the next event of this kind is the one that the next blow falls at.
    pub(super) fn is_next(&self, event: Event) -> bool {
        let inner = self.inner();
        let is_next = |blow: &Blow| blow.event == event && blow.skip == inner.passed;
        inner.is_armed && inner.blows.front().is_some_and(is_next)
    }

    /// The client's process is this one now.
    pub(super) fn adopt(&self, client: Child) {
        self.inner().client = Some(client);
    }

    /// Held by the line while it carries something; who else takes it waits until nothing is on its way.
    pub(super) fn carrying(&self) -> MutexGuard<'_, ()> {
        self.carrying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the client's process, if it has not ended, and waits until what it sent is done with.
    pub(super) fn bury_client(&self) {
        self.inner().kill_client();
        drop(self.carrying());
    }

    /// Ends the run, and both processes with it.
    pub(super) fn end(&self) {
        let mut inner = self.inner();
        inner.kill_client();
        inner.service = None;
        inner.is_over = true;
    }

    /// Whether the run is over.
    pub(super) fn is_over(&self) -> bool {
        self.inner().is_over
    }

    /// Where the co-signer is: started again, if it had died. Nowhere, for as long as it is out.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        let mut inner = self.inner();
        if let Some(ended) = inner.service.as_mut().and_then(Service::ended) {
            inner.broken = Some(ended);
            inner.service = None;
        }
        if inner.service.is_none() {
            if inner.outage > 0 {
                inner.outage -= 1;
                return None;
            }
            match self.files.start() {
                Ok(service) => inner.service = Some(service),
                Err(said) => inner.broken = Some(said),
            }
            inner.pass(Event::Serves, "");
        }
        inner.service.as_ref().map(|service| service.address)
    }

    /// How many blows have fallen.
    pub(super) fn fallen(&self) -> usize {
        self.inner().fallen
    }

    /// What happened.
    pub(super) fn trace(&self) -> Vec<String> {
        self.inner().trace.clone()
    }

    /// What went wrong with the co-signer, where nobody had killed it.
    pub(super) fn broken(&self) -> Option<String> {
        self.inner().broken.clone()
    }
}

impl Inner {
    fn pass(&mut self, event: Event, about: &str) -> bool {
        if !self.is_armed {
            return true;
        }
        self.trace.push(format!("{event:?} {about}"));
        let Some(blow) = self.blows.front().copied().filter(|blow| blow.event == event) else {
            return true;
        };
        if self.passed < blow.skip {
            self.passed += 1;
            return true;
        }
        self.blows.pop_front();
        self.passed = 0;
        self.fallen += 1;
        self.trace.push(format!("{blow:?}"));
        if blow.co_signer {
            self.service = None;
            self.outage = blow.outage;
        }
        if blow.client {
            self.kill_client();
        }
        !blow.co_signer
    }

    fn kill_client(&mut self) {
        if let Some(mut client) = self.client.take() {
            // SIGKILL; one that has ended needs none.
            let _ = client.kill();
            let _ = client.wait();
        }
    }
}
