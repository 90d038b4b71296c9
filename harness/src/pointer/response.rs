//! How far the guest's pointer goes for what the mouse counts, on one axis, learned from what was seen.

use std::collections::BTreeMap;

/// Packets after which older ones begin to be forgotten.
const MEMORY: f64 = 256.0;
/// Packets of one count from which their mean is believed: each is rounded to a point or none.
const ENOUGH: f64 = 48.0;
/// Points a count, before anything was seen.
const FIRST_GUESS: f64 = 1.0;
/// Points a count below which nothing is believed: a packet that seems to do nothing may have been rounded away.
const LEAST: f64 = 1.0 / 64.0;
/// Packets of one size that are sent without a look, and packets of a size that is larger than all before: the guest may
/// speed up at any of them.
const MOST_PACKETS: f64 = 256.0;
const MOST_NEW_PACKETS: f64 = 2.0;

/// Packets of one size, and how far they went together.
#[derive(Clone, Copy, Debug, Default)]
struct Travelled {
    packets: f64,
    points: f64,
}

/// One axis: points a packet by the packet's size in counts. Acceleration is in the sizes, rounding in the averages.
#[derive(Clone, Debug, Default)]
pub(super) struct Response {
    sizes: BTreeMap<u32, Travelled>,
}

impl Response {
    /// How many points a packet of `size` counts is expected to go.
    pub(super) fn points(&self, size: u32) -> f64 {
        if size == 0 {
            return 0.0;
        }
        let mean = |(size, seen): (&u32, &Travelled)| (f64::from(*size), seen.points / seen.packets);
        let below = self.sizes.range(..=size).next_back().map(mean);
        let above = self.sizes.range(size..).next().map(mean);
        let size = f64::from(size);
        let points = match (below, above) {
            (Some((s, p)), Some((t, q))) if t > s => p + (q - p) * (size - s) / (t - s),
            (Some((s, p)), _) | (None, Some((s, p))) => p * size / s,
            (None, None) => FIRST_GUESS * size,
        };
        points.max(LEAST * size)
    }

    /// `packets` of `size` counts went `points`.
    pub(super) fn learn(&mut self, size: u32, packets: u32, points: f64) {
        if size == 0 || packets == 0 || points < 0.0 {
            return;
        }
        let seen = self.sizes.entry(size).or_default();
        if seen.packets >= MEMORY {
            (seen.packets, seen.points) = (seen.packets / 2.0, seen.points / 2.0);
        }
        seen.packets += f64::from(packets);
        seen.points += points;
    }

    /// Packets for `distance` points, or a part of it, without any above `most` counts: so many of one size, and one of
    /// the rest.
    pub(super) fn plan(&self, distance: i32, most: u32) -> Stretch {
        let wanted = f64::from(distance.abs());
        let known = self.sizes.last_key_value().map_or(1, |(size, _)| *size);
        let (most, most_packets) =
            if most > known { (most.min(2 * known), MOST_NEW_PACKETS) } else { (most, MOST_PACKETS) };
        let each = self.points(most);
        let (whole, rest) = if most == 1 {
            ((wanted / each).round().max(1.0), 0.0)
        } else {
            let whole = (wanted / each).floor();
            (whole, wanted - whole * each)
        };
        let last = (0..most).min_by(|a, b| {
            let miss = |size: u32| (self.points(size) - rest).abs();
            miss(*a).total_cmp(&miss(*b))
        });
        let last = last.filter(|_| whole <= most_packets).unwrap_or(0);
        let packets = whole.min(most_packets) as u32;
        let stretch = Stretch { backwards: distance < 0, size: most, packets, last };
        if distance == 0 { Stretch { packets: 0, last: 0, ..stretch } } else { stretch.at_least_one_count() }
    }

    /// Whether packets of one count were seen often enough to go by them alone.
    pub(super) fn knows_singles(&self) -> bool {
        self.sizes.get(&1).is_some_and(|seen| seen.packets >= ENOUGH)
    }

    /// How far a stretch is expected to go.
    pub(super) fn distance(&self, stretch: &Stretch) -> f64 {
        let points = f64::from(stretch.packets) * self.points(stretch.size) + self.points(stretch.last);
        if stretch.backwards { -points } else { points }
    }

    /// What a stretch did: the larger part of it is believed to be what missed.
    pub(super) fn learn_stretch(&mut self, stretch: &Stretch, went: i32) {
        let went = f64::from(if stretch.backwards { -went } else { went });
        if stretch.packets == 0 {
            self.learn(stretch.last, 1, went);
        } else {
            self.learn(stretch.size, stretch.packets, went - self.points(stretch.last));
        }
    }
}

/// Packets on one axis: some of one size, then one of what is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stretch {
    backwards: bool,
    size: u32,
    packets: u32,
    last: u32,
}

impl Stretch {
    /// `packets` of `size` counts; backwards if `size` is negative.
    pub(super) fn even(size: i32, packets: u32) -> Stretch {
        Stretch { backwards: size < 0, size: size.unsigned_abs(), packets, last: 0 }
    }

    fn at_least_one_count(self) -> Stretch {
        if self.packets == 0 && self.last == 0 { Stretch { last: 1, ..self } } else { self }
    }

    /// Counts packet by packet.
    pub(super) fn counts(self) -> impl Iterator<Item = i32> {
        let sign = if self.backwards { -1 } else { 1 };
        let last = (self.last > 0).then_some(self.last);
        std::iter::repeat_n(self.size, self.packets as usize).chain(last).map(move |size| sign * size as i32)
    }

    /// At most one packet of at most one count.
    pub(super) fn is_at_most_one(&self) -> bool {
        self.counts().map(i32::abs).sum::<i32>() <= 1
    }

    /// A single packet of one count, the finest there is.
    pub(super) fn is_finest(&self) -> bool {
        self.counts().map(i32::abs).sum::<i32>() == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_response_is_planned_exactly() {
        let mut response = Response::default();
        response.learn(8, 3, 12.0);
        response.learn(64, 1, 32.0);
        let stretch = response.plan(-101, 64);
        assert_eq!(stretch.counts().collect::<Vec<_>>(), [-64, -64, -64, -10]);
        assert!((response.distance(&stretch) + 101.0).abs() < 1e-9);
    }

    #[test]
    fn packets_larger_than_all_before_are_tried_out() {
        let mut response = Response::default();
        response.learn(8, 4, 32.0);
        assert_eq!(response.plan(400, 64).counts().collect::<Vec<_>>(), [16, 16]);
    }

    #[test]
    fn acceleration_is_learned_by_the_size_of_packets() {
        let mut response = Response::default();
        response.learn(4, 10, 40.0);
        response.learn(20, 10, 800.0);
        assert_eq!(response.plan(160, 20).counts().collect::<Vec<_>>(), [20, 20]);
        assert_eq!(response.plan(4, 20).counts().collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn a_count_that_was_rounded_away_is_no_standstill() {
        let mut response = Response::default();
        response.learn(1, 1, 0.0);
        assert_eq!(response.plan(1, 1).counts().count(), 64);
        response.learn(1, 1, 1.0);
        assert_eq!(response.plan(1, 1).counts().count(), 2);
        assert_eq!(response.plan(0, 1).counts().count(), 0);
    }
}
