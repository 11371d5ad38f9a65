/** A new password: one's own, which needs the old one; or one that an administrator gives to somebody. */
import { useState } from 'preact/hooks';
import { ApiError, address, send } from '../client.ts';
import { Dialog } from './dialog.tsx';
import { Text } from './fields.tsx';
import { tell } from './toast.tsx';

export const PASSWORD_LENGTH_MIN = 12;

interface PasswordDialogProps {
  /** Of whom; '' = of the person who has signed in. */
  name: string;
  onClose: () => void;
}

export function PasswordDialog({ name, onClose }: PasswordDialogProps) {
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  const [again, setAgain] = useState('');
  const isOwn = name === '';
  const act = async (): Promise<void> => {
    if (fresh !== again) throw new ApiError('refused', 0, 'The two new passwords differ.');
    if (isOwn) await send('POST', address('session/password'), { old, new: fresh });
    else await send('PATCH', address(`users/${encodeURIComponent(name)}`), { password: fresh });
    tell(isOwn ? 'Your password was changed; you are signed in here only.' : `${name} has a new password.`);
  };
  return (
    <Dialog
      title={isOwn ? 'Change your password' : `A new password for ${name}`}
      act="Change it"
      canAct={(old !== '' || !isOwn) && fresh.length >= PASSWORD_LENGTH_MIN && again !== ''}
      onAct={act}
      onClose={onClose}
    >
      {isOwn ? (
        <Text
          label="Old password"
          type="password"
          value={old}
          onInput={setOld}
          required
          autocomplete="current-password"
        />
      ) : null}
      <Text
        label="New password"
        type="password"
        value={fresh}
        onInput={setFresh}
        required
        autocomplete="new-password"
        about={`At least ${PASSWORD_LENGTH_MIN} characters; several words are good.`}
      />
      <Text
        label="New password again"
        type="password"
        value={again}
        onInput={setAgain}
        required
        autocomplete="new-password"
      />
    </Dialog>
  );
}
