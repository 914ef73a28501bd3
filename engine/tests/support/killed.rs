//! Work that is killed at a chosen step, the same on a fast machine and on a slow one.

use std::future::poll_fn;
use std::task::Poll;

/// Runs a future until it was polled so often, then drops it where it is.
pub(crate) fn killed_after<T>(polls: usize, work: impl Future<Output = T>) -> impl Future<Output = Option<T>> {
    let mut work = Box::pin(work);
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(Some)
    })
}
