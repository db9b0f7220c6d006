//! Values that can leave a worker: results, and items of queues.

/// A plain value, the same in this process and in another.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(untagged))]
pub enum Value {
    /// Nothing: `()` and `None`.
    #[default]
    None,
    /// A truth value.
    Bool(bool),
    /// Any integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// Text.
    Text(String),
    /// A list or a tuple.
    List(Vec<Value>),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::None => f.write_str("none"),
            Value::Bool(b) => b.fmt(f),
            Value::Int(i) => i.fmt(f),
            Value::Float(x) => x.fmt(f),
            Value::Text(text) => f.write_str(text),
            Value::List(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        f.write_str(", ")?;
                    }
                    item.fmt(f)?;
                }
                f.write_str("]")
            }
        }
    }
}

/// What can cross from one worker to another, whatever carries them out.
pub trait Portable {
    /// The value as plain data.
    fn into_value(self) -> Value;
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Portable for $type {
            // Integers past i64 keep their magnitude as a float.
            fn into_value(self) -> Value {
                i64::try_from(self).map_or(Value::Float(self as f64), Value::Int)
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

macro_rules! simple {
    ($($type:ty => $make:expr),* $(,)?) => {$(
        impl Portable for $type {
            fn into_value(self) -> Value {
                #[allow(clippy::redundant_closure_call)]
                ($make)(self)
            }
        }
    )*};
}
simple! {
    () => |()| Value::None,
    bool => Value::Bool,
    f32 => |x| Value::Float(f64::from(x)),
    f64 => Value::Float,
    char => |c: char| Value::Text(c.into()),
    String => Value::Text,
    &str => |s: &str| Value::Text(s.into()),
    Value => |v| v,
}

impl<T: Portable> Portable for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::None, Portable::into_value)
    }
}

impl<T: Portable> Portable for Vec<T> {
    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(Portable::into_value).collect())
    }
}

macro_rules! tuples {
    ($(($($name:ident),+)),*) => {$(
        impl<$($name: Portable),+> Portable for ($($name,)+) {
            #[allow(non_snake_case)]
            fn into_value(self) -> Value {
                let ($($name,)+) = self;
                Value::List(vec![$($name.into_value()),+])
            }
        }
    )*};
}
tuples!((A), (A, B), (A, B, C), (A, B, C, D));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_pairs_reads_as_one_would_write_it() {
        let value = vec![(1u8, "a"), (2, "b")].into_value();
        assert_eq!(value.to_string(), "[[1, a], [2, b]]");
    }

    #[test]
    fn an_integer_too_large_keeps_its_magnitude() {
        assert_eq!(u64::MAX.into_value(), Value::Float(u64::MAX as f64));
    }
}
