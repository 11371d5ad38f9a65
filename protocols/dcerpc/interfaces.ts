/**
 * Interfaces of DCE/RPC by their UUID, and which of their calls change something, or are what intruders look for
 * (chapters 3.1.4 of the MS documents that are named after the interface).
 */
import { fold } from '../../src/bytes/hash.ts';

export interface Interface {
  readonly name: string;
  /** Calls that change the machine, by operation number. */
  readonly writes: Readonly<Record<number, string>>;
  /** Calls that change nothing and deserve a kind of their own. */
  readonly reads: Readonly<Record<number, string>>;
}

const listed: readonly (readonly [
  uuid: string,
  name: string,
  writes?: Record<number, string>,
  reads?: Record<number, string>,
])[] = [
  ['e1af8308-5d1f-11c9-91a4-08002b14a0fa', 'epmapper', {}, { 2: 'ept_lookup', 3: 'ept_map' }],
  [
    '367abb81-9844-35f1-ad32-98f038001003',
    'svcctl',
    {
      1: 'ControlService',
      2: 'DeleteService',
      11: 'ChangeServiceConfigW',
      12: 'CreateServiceW',
      19: 'StartServiceW',
      23: 'ChangeServiceConfigA',
      24: 'CreateServiceA',
      31: 'StartServiceA',
      36: 'ChangeServiceConfig2A',
      37: 'ChangeServiceConfig2W',
      44: 'CreateServiceWOW64A',
      45: 'CreateServiceWOW64W',
      60: 'CreateWowService',
    },
  ],
  ['1ff70682-0a51-30e8-076d-740be8cee98b', 'atsvc', { 0: 'NetrJobAdd', 1: 'NetrJobDel' }, { 2: 'NetrJobEnum' }],
  [
    '86d35949-83c9-4044-b424-db363231fd0c',
    'ITaskSchedulerService',
    { 1: 'SchRpcRegisterTask', 3: 'SchRpcCreateFolder', 12: 'SchRpcRun', 13: 'SchRpcDelete', 19: 'SchRpcEnableTask' },
  ],
  ['378e52b0-c0a9-11cf-822d-00aa0051e40f', 'sasec', { 0: 'SASetAccountInformation' }],
  [
    '12345778-1234-abcd-ef00-0123456789ac',
    'samr',
    {
      12: 'SamrCreateUserInDomain',
      22: 'SamrAddMemberToGroup',
      31: 'SamrAddMemberToAlias',
      35: 'SamrDeleteUser',
      37: 'SamrSetInformationUser',
      38: 'SamrChangePasswordUser',
      50: 'SamrCreateUser2InDomain',
      55: 'SamrUnicodeChangePasswordUser2',
      58: 'SamrSetInformationUser2',
    },
    { 13: 'SamrEnumerateUsersInDomain' },
  ],
  [
    '12345778-1234-abcd-ef00-0123456789ab',
    'lsarpc',
    { 10: 'LsarCreateAccount', 16: 'LsarCreateSecret', 29: 'LsarSetSecret' },
  ],
  [
    'e3514235-4b06-11d1-ab04-00c04fc2dcd2',
    'drsuapi',
    { 5: 'DRSReplicaAdd', 17: 'DRSAddEntry' },
    { 3: 'DRSGetNCChanges', 12: 'DRSCrackNames' },
  ],
  [
    '12345678-1234-abcd-ef00-01234567cffb',
    'netlogon',
    { 6: 'NetrServerPasswordSet', 30: 'NetrServerPasswordSet2' },
    { 4: 'NetrServerReqChallenge', 15: 'NetrServerAuthenticate2', 26: 'NetrServerAuthenticate3' },
  ],
  [
    '338cd001-2244-31f1-aaaa-900038001003',
    'winreg',
    {
      6: 'BaseRegCreateKey',
      7: 'BaseRegDeleteKey',
      8: 'BaseRegDeleteValue',
      19: 'BaseRegRestoreKey',
      22: 'BaseRegSetValue',
      24: 'BaseInitiateSystemShutdown',
      30: 'BaseInitiateSystemShutdownEx',
    },
    { 20: 'BaseRegSaveKey', 31: 'BaseRegSaveKeyEx' },
  ],
  [
    '4b324fc8-1670-01d3-1278-5a47bf6ee188',
    'srvsvc',
    { 14: 'NetrShareAdd', 18: 'NetrShareDel', 22: 'NetrServerSetInfo' },
    { 12: 'NetrSessionEnum', 15: 'NetrShareEnum' },
  ],
  ['6bffd098-a112-3610-9833-46c3f87e345a', 'wkssvc', { 22: 'NetrJoinDomain2' }, { 2: 'NetrWkstaUserEnum' }],
  [
    '12345678-1234-abcd-ef00-0123456789ab',
    'spoolss',
    { 5: 'RpcAddPrinter', 9: 'RpcAddPrinterDriver', 89: 'RpcAddPrinterDriverEx' },
    { 65: 'RpcRemoteFindFirstPrinterChangeNotificationEx' },
  ],
  ['76f03f96-cdfd-44fc-a22c-64950a001209', 'iremotewinspool', { 39: 'RpcAsyncInstallPrinterDriverFromPackage' }],
  ['82273fdc-e32a-18c3-3f78-827929dc23ea', 'eventlog', { 0: 'ElfrClearELFW', 12: 'ElfrClearELFA' }],
  ['f6beaff7-1e19-4fbb-9f8f-b89e2018337c', 'eventlog6', { 6: 'EvtRpcClearLog' }],
  ['894de0c0-0d55-11d3-a322-00c04fa321a1', 'initshutdown', { 0: 'BaseInitiateShutdown', 2: 'BaseInitiateShutdownEx' }],
  ['d95afe70-a6d5-4259-822e-2c84da1ddb0d', 'WindowsShutdown', { 0: 'WsdrInitiateShutdown' }],
  ['c681d488-d850-11d0-8c52-00c04fd90f7e', 'efsrpc', {}, { 0: 'EfsRpcOpenFileRaw' }],
  ['df1941c5-fe89-4e79-bf10-463657acf44d', 'efsrpc', {}, { 0: 'EfsRpcOpenFileRaw' }],
  ['4fc742e0-4a10-11cf-8273-00aa004ae673', 'netdfs', { 12: 'NetrDfsAddStdRoot', 13: 'NetrDfsRemoveStdRoot' }],
  ['a8e0653c-2744-4389-a61d-7373df8b2292', 'fsrvp', {}, { 8: 'IsPathSupported' }],
  ['50abc2a4-574d-40b3-9d66-ee4fd5fba076', 'dnsserver', { 0: 'R_DnssrvOperation', 5: 'R_DnssrvOperation2' }],
  ['3919286a-b10c-11d0-9ba8-00c04fd92ef5', 'dssetup'],
  ['f5cc5a18-4264-101a-8c59-08002b2f8426', 'nspi'],
  ['a4f1db00-ca47-1067-b31f-00dd010662da', 'emsmdb'],
  ['1544f5e0-613c-11d1-93df-00c04fd7bd09', 'rfri'],
  ['5ca4a760-ebb1-11cf-8611-00a0245420ed', 'winstation', { 6: 'RpcWinStationShutdownSystem' }],
  ['afa8bd80-7d8a-11c9-bef4-08002b102989', 'mgmt'],
  ['99fcfec4-5260-101b-bbcb-00aa0021347a', 'IObjectExporter', {}, { 5: 'ServerAlive2' }],
  [
    '000001a0-0000-0000-c000-000000000046',
    'IRemoteSCMActivator',
    { 4: 'RemoteCreateInstance' },
    { 3: 'RemoteGetClassObject' },
  ],
  ['4d9f4ab8-7d1c-11cf-861e-0020af6e7c57', 'IActivation', { 0: 'RemoteActivation' }],
  ['00000143-0000-0000-c000-000000000046', 'IRemUnknown2'],
  ['00000131-0000-0000-c000-000000000046', 'IRemUnknown'],
  ['00020400-0000-0000-c000-000000000046', 'IDispatch', { 6: 'Invoke' }],
  ['f309ad18-d86a-11d0-a075-00c04fb68820', 'IWbemLevel1Login', {}, { 6: 'NTLMLogin' }],
  [
    '9556dc99-828c-11cf-a37e-00aa003240c7',
    'IWbemServices',
    {
      8: 'PutClass',
      10: 'DeleteClass',
      14: 'PutInstance',
      16: 'DeleteInstance',
      24: 'ExecMethod',
      25: 'ExecMethodAsync',
    },
    { 20: 'ExecQuery', 6: 'GetObject' },
  ],
  ['1c1c45ee-4395-11d2-b60b-00104b703efd', 'IWbemFetchSmartEnum'],
  ['423ec01e-2e35-11d2-b604-00104b703efd', 'IWbemWCOSmartEnum'],
  ['027947e1-d731-11ce-a357-000000000001', 'IEnumWbemClassObject'],
];

function wordsOf(uuid: string): readonly [number, number, number, number] {
  const digits = uuid.replaceAll('-', '');
  const word = (at: number): number => Number.parseInt(digits.slice(at, at + 8), 16) | 0;
  return [word(0), word(8), word(16), word(24)];
}

const byKey = new Map<number, { words: readonly number[]; one: Interface }[]>();
for (const [uuid, name, writes = {}, reads = {}] of listed) {
  const words = wordsOf(uuid);
  const key = keyOf(words[0], words[1], words[2], words[3]);
  byKey.set(key, [...(byKey.get(key) ?? []), { words, one: { name, writes, reads } }]);
}

function keyOf(first: number, second: number, third: number, fourth: number): number {
  return fold(fold(fold(fold(0, first), second), third), fourth);
}

/** The interface whose UUID stands at `at`, or null. */
export function interfaceAt(view: DataView, at: number, littleEndian: boolean): Interface | null {
  const first = view.getInt32(at, littleEndian);
  const second = (view.getUint16(at + 4, littleEndian) << 16) | view.getUint16(at + 6, littleEndian);
  const third = view.getInt32(at + 8);
  const fourth = view.getInt32(at + 12);
  const found = byKey.get(keyOf(first, second, third, fourth));
  if (found === undefined) return null;
  for (let i = 0; i < found.length; i++) {
    const { words, one } = found[i]!;
    if (words[0] === first && words[1] === second && words[2] === third && words[3] === fourth) return one;
  }
  return null;
}
