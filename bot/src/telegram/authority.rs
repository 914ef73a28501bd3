//! Who may do what, by user id, and how much anyone may ask.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use dialogues::Role;

/// Presses and messages a person may send at once.
const BURST: f64 = 10.0;
/// How many a second come back.
const REFILL_A_SECOND: f64 = 0.5;
/// Users remembered; beyond this, those with a full allowance are forgotten.
const MOST_USERS: usize = 5_000;

/// Roles and allowances.
#[derive(Debug)]
pub(crate) struct Authority {
    owner: i64,
    allowances: Mutex<HashMap<i64, Allowance>>,
}

#[derive(Debug, Clone, Copy)]
struct Allowance {
    left: f64,
    at: DateTime<Utc>,
}

impl Authority {
    pub(crate) fn new(owner: i64) -> Self {
        Self { owner, allowances: Mutex::new(HashMap::new()) }
    }

    /// The role of a user.
    pub(crate) const fn role(&self, user: i64) -> Role {
        if user == self.owner { Role::Owner } else { Role::Stranger }
    }

    /// The owner's user id, which is also the id of the owner's private chat.
    pub(crate) const fn owner(&self) -> i64 {
        self.owner
    }

    /// Takes one from a user's allowance; false when it is used up. The owner's never is.
    pub(crate) fn admits(&self, user: i64, now: DateTime<Utc>) -> bool {
        if user == self.owner {
            return true;
        }
        let mut all = self.allowances.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_USERS {
            all.retain(|_, allowance| allowance.refilled(now) < BURST);
        }
        if all.len() >= MOST_USERS && !all.contains_key(&user) {
            return false;
        }
        let allowance = all.entry(user).or_insert(Allowance { left: BURST, at: now });
        let left = allowance.refilled(now);
        let admitted = left >= 1.0;
        *allowance = Allowance { left: if admitted { left - 1.0 } else { left }, at: now };
        admitted
    }
}

impl Allowance {
    #[allow(clippy::cast_precision_loss)] // milliseconds of centuries stay below 2^53
    fn refilled(&self, now: DateTime<Utc>) -> f64 {
        let seconds = (now - self.at).num_milliseconds().max(0) as f64 / 1000.0;
        (self.left + seconds * REFILL_A_SECOND).min(BURST)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_flood_is_cut_off_and_the_owner_is_not() {
        let authority = Authority::new(7);
        let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let admitted = (0..10_000).filter(|_| authority.admits(666, now)).count();
        assert_eq!(admitted, 10);
        assert!((0..10_000).all(|_| authority.admits(7, now)));
        assert!(authority.admits(8, now));
        assert!(!authority.admits(666, now + TimeDelta::seconds(1)));
        assert!(authority.admits(666, now + TimeDelta::seconds(3)));
    }

    #[test]
    fn many_users_do_not_fill_the_memory() {
        let authority = Authority::new(7);
        let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        for user in 0..20_000 {
            let _ = authority.admits(100 + user, now);
        }
        assert!(authority.allowances.lock().unwrap().len() <= MOST_USERS);
        assert!(authority.admits(99, now + TimeDelta::minutes(5)));
    }
}
