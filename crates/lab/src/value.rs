//! Values that can leave a worker: results, and items of queues.

use std::time::Duration;

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
    /// An integer.
    Int(i64),
    /// An integer past the largest that [`Int`](Self::Int) holds.
    UInt(u64),
    /// A float. JSON has no infinity and no NaN: there they are their names.
    Float(#[cfg_attr(feature = "serde", serde(serialize_with = "finite_or_name"))] f64),
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
            Value::UInt(u) => u.fmt(f),
            Value::Float(x) => float(*x, f),
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

/// Without a row of zeros where a float is very small or very large.
fn float(x: f64, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    match x.abs() {
        size if size.is_finite() && size != 0.0 && !(1e-5..1e16).contains(&size) => {
            std::fmt::LowerExp::fmt(&x, f)
        }
        _ => std::fmt::Display::fmt(&x, f),
    }
}

#[cfg(feature = "serde")]
fn finite_or_name<S: serde::Serializer>(x: &f64, to: S) -> Result<S::Ok, S::Error> {
    match x.is_finite() {
        true => to.serialize_f64(*x),
        false => to.collect_str(x),
    }
}

impl Value {
    /// Bytes that it takes when it crosses to another process.
    pub fn size(&self) -> usize {
        match self {
            Value::None => 1,
            Value::Bool(_) => 2,
            Value::Int(_) | Value::UInt(_) | Value::Float(_) => 9,
            Value::Text(text) => 5 + text.len(),
            Value::List(items) => 5 + items.iter().map(Value::size).sum::<usize>(),
        }
    }
}

/// What can cross from one worker to another, whatever carries them out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot leave a worker",
    label = "gives a `{Self}`",
    note = "results and items of queues are numbers, bool, char, text, Duration, Option, tuples, arrays and Vec of these",
    note = "a task that never returns has the type `!`: say `async |w| -> () {{ ... }}`"
)]
pub trait Portable {
    /// The value as plain data.
    fn into_value(self) -> Value;
    /// The value from plain data; none where it is of another type.
    fn from_value(value: Value) -> Option<Self>
    where
        Self: Sized;
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Portable for $type {
            // Integers past 64 bits keep their magnitude as a float.
            fn into_value(self) -> Value {
                let large = || u64::try_from(self).map_or(Value::Float(self as f64), Value::UInt);
                i64::try_from(self).map_or_else(|_| large(), Value::Int)
            }
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::Int(n) => Self::try_from(n).ok(),
                    Value::UInt(n) => Self::try_from(n).ok(),
                    Value::Float(x) => Some(x as $type),
                    _ => None,
                }
            }
        }
    )*};
}
integers!(
    i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, i128, u128
);

macro_rules! simple {
    ($($type:ty => $make:expr, $take:expr);* $(;)?) => {$(
        impl Portable for $type {
            fn into_value(self) -> Value {
                #[allow(clippy::redundant_closure_call)]
                ($make)(self)
            }
            fn from_value(value: Value) -> Option<Self> {
                #[allow(clippy::redundant_closure_call)]
                ($take)(value)
            }
        }
    )*};
}
simple! {
    () => |()| Value::None, |_| Some(());
    bool => Value::Bool, |v| if let Value::Bool(b) = v { Some(b) } else { None };
    f32 => |x| Value::Float(f64::from(x)), |v| f64::from_value(v).map(|x| x as f32);
    f64 => Value::Float, |v| match v {
        Value::Float(x) => Some(x),
        Value::Int(n) => Some(n as f64),
        Value::UInt(n) => Some(n as f64),
        _ => None,
    };
    char => |c: char| Value::Text(c.into()), |v| String::from_value(v)?.chars().next();
    String => Value::Text, |v| if let Value::Text(text) = v { Some(text) } else { None };
    // Text that came from elsewhere is kept until the process ends.
    &'static str => |s: &str| Value::Text(s.into()), |v| Some(&*String::from_value(v)?.leak());
    // In seconds.
    Duration => |d: Duration| Value::Float(d.as_secs_f64()), |v| {
        Duration::try_from_secs_f64(f64::from_value(v)?).ok()
    };
    Value => |v| v, Some;
}

impl<T: Portable> Portable for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::None, Portable::into_value)
    }
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::None => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl<T: Portable> Portable for Vec<T> {
    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(Portable::into_value).collect())
    }
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::List(items) => items.into_iter().map(T::from_value).collect(),
            _ => None,
        }
    }
}

impl<T: Portable, const N: usize> Portable for [T; N] {
    fn into_value(self) -> Value {
        Value::List(self.map(Portable::into_value).into())
    }
    fn from_value(value: Value) -> Option<Self> {
        Vec::from_value(value)?.try_into().ok()
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
            #[allow(non_snake_case)]
            fn from_value(value: Value) -> Option<Self> {
                let Value::List(items) = value else { return None };
                let mut items = items.into_iter();
                $(let $name = $name::from_value(items.next()?)?;)+
                items.next().is_none().then_some(($($name,)+))
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
    fn values_come_back_as_the_type_that_they_were() {
        fn comes_back<T: Portable + Clone + PartialEq + std::fmt::Debug>(value: T) {
            assert_eq!(T::from_value(value.clone().into_value()), Some(value));
        }
        comes_back((vec![Some(1u8), None], "a".to_owned(), 0.5));
        comes_back("text");
        comes_back([1u128, 2]);
        comes_back(Duration::from_nanos(1_234_567_891));
        comes_back(0xcbf2_9ce4_8422_2325u64);
        assert_eq!(u8::from_value(Value::Int(300)), None);
        assert_eq!(<(u8, u8)>::from_value(vec![1u8].into_value()), None);
    }

    #[test]
    fn numbers_are_written_whole_and_short() {
        let written = |value: Value| value.to_string();
        assert_eq!(written(u64::MAX.into_value()), u64::MAX.to_string());
        assert_eq!(written(1e-300.into_value()), "1e-300");
        assert_eq!(written(f64::NAN.into_value()), "NaN");
        let usual = [0.0, 0.25, 1e6].map(|x| written(x.into_value()));
        assert_eq!(usual, ["0", "0.25", "1000000"]);
    }

    #[test]
    fn an_integer_too_large_keeps_its_magnitude() {
        assert_eq!(u128::MAX.into_value(), Value::Float(u128::MAX as f64));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_tells_every_number() {
        let values = [
            f64::NAN.into_value(),
            f64::INFINITY.into_value(),
            u64::MAX.into_value(),
        ];
        let json = serde_json::to_string(&values).unwrap();
        assert_eq!(json, format!("[\"NaN\",\"inf\",{}]", u64::MAX));
        let back: Vec<Value> = serde_json::from_str(&json).unwrap();
        assert_eq!(back[2], values[2]);
    }
}
