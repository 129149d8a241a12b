use eventstore_core::{BuildNumber, EventNumber};
use tokio::time::{Duration, Instant};

/// A build that has come as far as the live one was this long ago has caught up: while events come, both move between two looks.
const RECENTLY: Duration = Duration::from_secs(5);

/// How far the build that is building has to come.
#[derive(Debug, Default)]
pub(super) struct Goals(Option<Goal>);

#[derive(Debug)]
struct Goal {
    build: BuildNumber,
    number: EventNumber,
    set_at: Instant,
}

impl Goals {
    /// Whether a build at this position has caught up with what the target is, or was a moment ago.
    pub(super) fn is_reached(&mut self, build: BuildNumber, position: EventNumber, target: EventNumber) -> bool {
        if position >= target {
            return true;
        }
        let now = Instant::now();
        match &self.0 {
            Some(goal) if goal.build == build && position < goal.number => return false,
            Some(goal) if goal.build == build && now - goal.set_at <= RECENTLY => return true,
            _ => {}
        }
        self.0 = Some(Goal {
            build,
            number: target,
            set_at: now,
        });
        false
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_build_need_not_be_ahead_of_what_moves() {
        let mut goals = Goals::default();
        let mut is_reached =
            |position: u32, target: u32| goals.is_reached(BuildNumber::FIRST, position.into(), target.into());
        assert!(!is_reached(0, 100));
        advance(RECENTLY * 10).await;
        assert!(!is_reached(99, 500));
        assert!(!is_reached(100, 600), "that was long ago");
        advance(RECENTLY / 2).await;
        assert!(!is_reached(599, 620));
        assert!(is_reached(600, 640));
        assert!(is_reached(700, 700));
    }

    #[tokio::test(start_paused = true)]
    async fn another_build_has_another_goal() {
        let mut goals = Goals::default();
        assert!(!goals.is_reached(BuildNumber::FIRST, 0_u32.into(), 10_u32.into()));
        let second = BuildNumber::new(2).unwrap();
        assert!(!goals.is_reached(second, 10_u32.into(), 20_u32.into()));
    }
}
