import t from 'tap';
import { mailServerIn } from '../../src/bytes/mail-servers.ts';
import { bytes } from '../support/packet.ts';

for (const [line, product] of [
  ['mail.hosp.test ESMTP Postfix (Debian/GNU)', 'Postfix'],
  ['mail.hosp.test ESMTP Exim 4.94.2 Tue, 24 Nov', 'Exim 4.94.2'],
  ['mail.hosp.test ESMTP Sendmail 8.13.8/8.13.8; Tue', 'Sendmail 8.13.8'],
  ['x Microsoft ESMTP MAIL Service, Version: 6.0', 'Microsoft ESMTP'],
  ['[CAPABILITY IMAP4rev1] Dovecot ready.', 'Dovecot'],
  ['somebody@x.test ready', ''],
] as const) {
  t.equal(mailServerIn(new DataView(bytes(line).buffer), 0, line.length), product, line);
}
