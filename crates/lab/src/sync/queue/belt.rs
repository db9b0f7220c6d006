//! A queue's items as bytes in a ring between processes, as long as a pipe's
//! buffer on Linux: a larger item crosses in parts, while its reader takes them
//! out. So who puts a large item waits until somebody gets it, as one does who
//! writes to a pipe.

use crate::memory::Flat;
use crate::sync::signal::By;
use crate::trace::event::{pack, unpack};
use crate::value::Value;

/// Bytes in the ring at the most.
pub(crate) const ROOM: usize = 64 * 1024;

/// Bytes of the length that goes before an item.
const LENGTH: usize = 4;

#[derive(Debug)]
pub(super) struct Belt {
    bytes: [u8; ROOM],
    head: usize,
    filled: usize,
    /// Items that have been put, wholly or in part, and not wholly got.
    items: usize,
    /// Items that are there as a whole.
    whole: usize,
    /// The worker that is in the middle of putting an item.
    putting: Option<u32>,
    /// The worker that is in the middle of getting one, and the bytes that are
    /// still to come.
    getting: Option<(u32, usize)>,
    closed: bool,
    /// Who put and who got last, and when.
    pub(super) put_by: By,
    pub(super) got_by: By,
}

// SAFETY: plain numbers.
unsafe impl Flat for Belt {}

/// How far an item came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// A part of it has crossed.
    Part,
    /// All of it; so many whole items are there now.
    Whole(usize),
    /// Nothing crosses any more.
    Closed,
}

/// An item as bytes, its length before it.
pub(super) fn packed(item: &Value) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size(item));
    bytes.extend([0; LENGTH]);
    pack(item, &mut bytes);
    let length = (bytes.len() - LENGTH) as u32;
    bytes[..LENGTH].copy_from_slice(&length.to_le_bytes());
    bytes
}

/// Bytes that an item takes in the ring.
pub(super) fn size(item: &Value) -> usize {
    LENGTH + item.size()
}

/// The item of these bytes.
pub(super) fn unpacked(bytes: &[u8]) -> Option<Value> {
    unpack(bytes)
}

impl Belt {
    pub(super) fn new() -> Self {
        Belt {
            bytes: [0; ROOM],
            head: 0,
            filled: 0,
            items: 0,
            whole: 0,
            putting: None,
            getting: None,
            closed: false,
            put_by: None,
            got_by: None,
        }
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Nothing is there, and nothing will come.
    fn is_over(&self) -> bool {
        self.closed && self.filled == 0 && self.putting.is_none()
    }

    /// Puts as much of an item as there is room for; none when nothing could be
    /// put now.
    pub(super) fn put(
        &mut self,
        worker: u32,
        most: usize,
        item: &[u8],
        sent: &mut usize,
    ) -> Option<Progress> {
        match self.putting {
            Some(other) if other != worker => return None,
            Some(_) => {}
            None if self.closed => return Some(Progress::Closed),
            None if most > 0 && self.items == most => return None,
            None if self.filled == ROOM => return None,
            None => {
                self.items += 1;
                self.putting = Some(worker);
            }
        }
        let part = &item[*sent..*sent + (item.len() - *sent).min(ROOM - self.filled)];
        if part.is_empty() {
            return None;
        }
        let at = (self.head + self.filled) % ROOM;
        let (first, rest) = part.split_at(part.len().min(ROOM - at));
        self.bytes[at..at + first.len()].copy_from_slice(first);
        self.bytes[..rest.len()].copy_from_slice(rest);
        self.filled += part.len();
        *sent += part.len();
        if *sent < item.len() {
            return Some(Progress::Part);
        }
        self.putting = None;
        self.whole += 1;
        Some(Progress::Whole(self.whole))
    }

    /// Gets as much of the first item as is there; none when nothing can be got
    /// now.
    pub(super) fn get(&mut self, worker: u32, item: &mut Vec<u8>) -> Option<Progress> {
        let left = match self.getting {
            Some((other, _)) if other != worker => return None,
            Some((_, left)) => left,
            None if self.is_over() => return Some(Progress::Closed),
            None if self.filled < LENGTH => return None,
            None => {
                let length = [0, 1, 2, 3].map(|at| self.bytes[(self.head + at) % ROOM]);
                self.skip(LENGTH);
                let length = u32::from_le_bytes(length) as usize;
                item.reserve(length);
                length
            }
        };
        let part = left.min(self.filled);
        self.take(part, item);
        let left = left - part;
        if left > 0 {
            self.getting = Some((worker, left));
            // Nobody has to be told that nothing came.
            return (part > 0).then_some(Progress::Part);
        }
        self.getting = None;
        // One who died while putting may have left it uncounted.
        self.items = self.items.saturating_sub(1);
        self.whole = self.whole.saturating_sub(1);
        Some(Progress::Whole(self.whole))
    }

    /// Takes so many bytes out, which are there.
    fn take(&mut self, part: usize, out: &mut Vec<u8>) {
        let first = part.min(ROOM - self.head);
        out.extend_from_slice(&self.bytes[self.head..self.head + first]);
        out.extend_from_slice(&self.bytes[..part - first]);
        self.skip(part);
    }

    /// Gives the room of so many bytes up.
    fn skip(&mut self, part: usize) {
        self.head = (self.head + part) % ROOM;
        self.filled -= part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(belt: &mut Belt, item: &[u8], sent: &mut usize) -> Option<Progress> {
        belt.put(0, 0, item, sent)
    }

    #[test]
    fn items_come_out_as_they_went_in_around_the_end_of_the_ring() {
        let mut belt = Box::new(Belt::new());
        for round in 0..10u8 {
            let item = Value::Text(char::from(b'a' + round).to_string().repeat(20_000));
            let bytes = packed(&item);
            assert_eq!(put(&mut belt, &bytes, &mut 0), Some(Progress::Whole(1)));
            let mut got = vec![];
            assert_eq!(belt.get(1, &mut got), Some(Progress::Whole(0)));
            assert_eq!(unpacked(&got), Some(item));
        }
    }

    #[test]
    fn an_item_takes_as_many_bytes_as_its_size_says() {
        let item = Value::List(vec![
            Value::None,
            Value::Bool(true),
            Value::Int(1),
            Value::Text("ü".into()),
        ]);
        assert_eq!(packed(&item).len(), size(&item));
    }

    #[test]
    fn an_item_larger_than_the_ring_crosses_in_parts() {
        let mut belt = Box::new(Belt::new());
        let item = Value::Text("x".repeat(3 * ROOM));
        let (bytes, mut sent, mut got) = (packed(&item), 0, vec![]);
        assert_eq!(put(&mut belt, &bytes, &mut sent), Some(Progress::Part));
        assert_eq!(put(&mut belt, &bytes, &mut sent), None);
        let mut end = belt.get(1, &mut got);
        while end == Some(Progress::Part) {
            put(&mut belt, &bytes, &mut sent);
            end = belt.get(1, &mut got);
        }
        assert_eq!(end, Some(Progress::Whole(0)));
        assert_eq!(unpacked(&got), Some(item));
    }

    #[test]
    fn nobody_comes_between_the_parts_of_an_item() {
        let mut belt = Box::new(Belt::new());
        let bytes = packed(&Value::Text("x".repeat(2 * ROOM)));
        put(&mut belt, &bytes, &mut 0);
        assert_eq!(belt.get(1, &mut vec![]), Some(Progress::Part));
        assert_eq!(belt.put(5, 0, &packed(&Value::None), &mut 0), None);
        assert_eq!(belt.get(6, &mut vec![]), None);
    }

    #[test]
    fn what_is_in_a_closed_queue_can_still_be_got() {
        let mut belt = Box::new(Belt::new());
        put(&mut belt, &packed(&Value::Int(1)), &mut 0);
        belt.close();
        let none = put(&mut belt, &packed(&Value::Int(2)), &mut 0);
        assert_eq!(none, Some(Progress::Closed));
        assert_eq!(belt.get(1, &mut vec![]), Some(Progress::Whole(0)));
        assert_eq!(belt.get(1, &mut vec![]), Some(Progress::Closed));
    }
}
