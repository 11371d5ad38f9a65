/** Commands of PJL (Printer Job Language Technical Reference Manual), and those that change the printer. */
import { Words } from '../../src/bytes/words.ts';

export const COMMANDS = new Words([
  ...['COMMENT', 'ENTER', 'JOB', 'EOJ', 'SET', 'DEFAULT', 'INITIALIZE', 'RESET', 'INQUIRE', 'DINQUIRE', 'ECHO', 'INFO'],
  ...['USTATUS', 'USTATUSOFF', 'RDYMSG', 'OPMSG', 'STMSG', 'FSAPPEND', 'FSDELETE', 'FSDIRLIST', 'FSDOWNLOAD', 'FSINIT'],
  ...['FSMKDIR', 'FSQUERY', 'FSUPLOAD', 'DMINFO', 'DMCMD', 'CSINFO', 'UPGRADE', 'EXECUTE', 'LDEVICE', 'PASSWORD'],
]);

/** A setting of one job is not among them: it ends with the job. */
export const WRITES: ReadonlySet<string> = new Set([
  ...['DEFAULT', 'INITIALIZE', 'RDYMSG', 'OPMSG', 'STMSG', 'FSAPPEND', 'FSDELETE', 'FSDOWNLOAD', 'FSINIT', 'FSMKDIR'],
  ...['DMCMD', 'UPGRADE', 'EXECUTE', 'PASSWORD'],
]);
