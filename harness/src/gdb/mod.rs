//! `relic run --gdb ADDR`: a GDB remote stub around a guest under way (GDB manual, appendix E).
//!
//! Addresses are linear, and `$eip` is the linear address of the next instruction, CS's base plus EIP: so `x/i $eip`,
//! breakpoints and single step work alike in real, 16-bit and flat protected mode. `monitor cpu` shows the registers
//! that GDB does not know, CS:EIP as the CPU has it among them. The guest's own debug registers are left alone. Steps go back, too.

mod monitor;
mod past;
mod registers;
mod target;

use crate::console::Console;
use crate::failure::{Exit, Failure, Result};
use crate::output;
use crate::session::Session;
use gdbstub::common::Signal;
use gdbstub::conn::{Connection, ConnectionExt};
use gdbstub::stub::run_blocking::{BlockingEventLoop, Event, WaitForStopReasonError};
use gdbstub::stub::{GdbStub, SingleThreadStopReason};
pub(crate) use monitor::cpu;
use std::io::{self, ErrorKind};
use std::marker::PhantomData;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;
use target::Debuggee;

/// How long the host waits for a caller or a byte before it looks for Ctrl-C.
const PATIENCE: Duration = Duration::from_millis(50);

/// Waits for a debugger on `address` (`HOST:PORT`, or `:PORT` for this host) and lets it lead the guest until it detaches,
/// kills the guest or goes away.
///
/// # Errors
/// An address that cannot be listened on, Ctrl-C, a limit of the run.
pub(crate) fn serve(address: &str, session: &mut Session, console: &Console) -> Result<()> {
    let full = if address.starts_with(':') { format!("127.0.0.1{address}") } else { address.to_owned() };
    let broken = |e: io::Error| Failure::bad(format!("--gdb {address}: {e}"));
    let listener = TcpListener::bind(&full).map_err(broken)?;
    let here = listener.local_addr().map_err(broken)?;
    console.complain(format!("waiting for a debugger: target remote {here}"));
    let line = Line::accept(&listener).map_err(broken)?;
    let mut debuggee = Debuggee::new(session)?;
    match GdbStub::new(line).run_blocking::<Loop>(&mut debuggee) {
        Ok(_) => Ok(()),
        Err(error) if error.is_target_error() => {
            Err(error.into_target_error().unwrap_or_else(|| Failure::bad("--gdb: the debugger failed")))
        }
        Err(_) if output::interrupted() => Err(interrupted()),
        // A debugger that hangs up in the middle has gone, too.
        Err(error) => {
            console.complain(format!("the debugger has gone: {error}"));
            Ok(())
        }
    }
}

fn interrupted() -> Failure {
    Failure::new(Exit::Interrupted, "stopped by Ctrl-C")
}

/// The connection: every wait ends when Ctrl-C is pressed.
struct Line(TcpStream);

impl Line {
    fn accept(listener: &TcpListener) -> io::Result<Line> {
        listener.set_nonblocking(true)?;
        loop {
            match listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(false)?;
                    stream.set_nodelay(true)?;
                    stream.set_read_timeout(Some(PATIENCE))?;
                    return Ok(Line(stream));
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => std::thread::sleep(PATIENCE),
                Err(e) => return Err(e),
            }
            if output::interrupted() {
                return Err(ErrorKind::Interrupted.into());
            }
        }
    }
}

impl Connection for Line {
    type Error = io::Error;

    fn write(&mut self, byte: u8) -> io::Result<()> {
        self.write_all(&[byte])
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        io::Write::write_all(&mut self.0, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::Write::flush(&mut self.0)
    }
}

impl ConnectionExt for Line {
    fn read(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        loop {
            match io::Read::read(&mut self.0, &mut byte) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(_) => return Ok(byte[0]),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(e) => return Err(e),
            }
            if output::interrupted() {
                return Err(ErrorKind::Interrupted.into());
            }
        }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        let mut byte = [0];
        self.0.set_nonblocking(true)?;
        let seen = TcpStream::peek(&self.0, &mut byte);
        self.0.set_nonblocking(false)?;
        match seen {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(_) => Ok(Some(byte[0])),
            Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(e) => Err(e),
        }
    }
}

/// The guest runs in slices; between them the debugger is listened to.
struct Loop<'s>(PhantomData<&'s ()>);

impl<'s> BlockingEventLoop for Loop<'s> {
    type Target = Debuggee<'s>;
    type Connection = Line;
    type StopReason = SingleThreadStopReason<u32>;

    fn wait_for_stop_reason(
        debuggee: &mut Debuggee<'s>,
        line: &mut Line,
    ) -> Result<Event<Self::StopReason>, WaitForStopReasonError<Failure, io::Error>> {
        loop {
            if line.peek().map_err(WaitForStopReasonError::Connection)?.is_some() {
                let byte = line.read().map_err(WaitForStopReasonError::Connection)?;
                return Ok(Event::IncomingData(byte));
            }
            if let Some(reason) = debuggee.slice().map_err(WaitForStopReasonError::Target)? {
                return Ok(Event::TargetStopped(reason));
            }
        }
    }

    fn on_interrupt(_: &mut Debuggee<'s>) -> Result<Option<Self::StopReason>> {
        Ok(Some(SingleThreadStopReason::Signal(Signal::SIGINT)))
    }
}
