/**
 * What may be said of the standing condition of a device: one line each, in words for a biomedical engineer.
 * Informational, never an alarm by itself. docs/posture.md says of each rule how it is known, why it matters, what
 * innocent causes it has and what to do. Names are for ever: other people's lists stand on them.
 */

export interface PostureRule {
  /** The plain sentence; what is special in the case at hand stands in the row's `detail`. */
  readonly what: string;
  /** Said of medical devices only: of everybody else it is ordinary. */
  readonly isMedicalOnly?: boolean;
}

export const postureRules = {
  'patient-data-leaves-site': {
    what: 'It exchanges patient data in clear text with an address outside the site.',
  },
  'patient-data-crosses-zones': {
    what: 'It exchanges patient data in clear text with a device in another zone.',
  },
  'login-in-clear': { what: 'It takes logins that everybody on the way can read.' },
  'login-without-password': { what: 'It lets everybody in without a password.' },
  'default-password': { what: 'A password that its maker gives to every device was sent to it in clear text.' },
  'empty-password': { what: 'An empty password was sent to it in clear text.' },
  'short-password': { what: 'A password of fewer than 12 characters was sent to it in clear text.' },
  'snmp-public': { what: 'It is asked over SNMP with a community that everybody knows.' },
  'telnet-in-use': { what: 'It is controlled over Telnet: everything typed there can be read on the way.' },
  'ftp-in-use': { what: 'It gives or takes files over FTP: names, passwords and content can be read on the way.' },
  'smb1-in-use': { what: 'It shares files with version 1 of SMB, which worms use to spread.' },
  'ssh1-in-use': { what: 'It speaks version 1 of SSH, whose encryption can be broken.' },
  'old-tls': { what: 'It protects connections with a version of TLS or SSL that was withdrawn.' },
  'support-ended': { what: 'It runs a system for which its maker gives no more security updates.' },
  'reachable-from-internet': { what: 'It answered a connection from the Internet that came through no VPN.' },
  'talks-to-internet': { what: 'It speaks to the Internet through no VPN.', isMedicalOnly: true },
  'service-unused': { what: 'It offers a service that nobody has used.' },
  'connection-idle': { what: 'It keeps a connection open on which nothing has been said for days.' },
  'certificate-expired': { what: 'It shows a certificate that is no longer valid.' },
  'certificate-expires': { what: 'It shows a certificate that will soon be no longer valid.' },
} as const satisfies Record<string, PostureRule>;

export type PostureRuleName = keyof typeof postureRules;
